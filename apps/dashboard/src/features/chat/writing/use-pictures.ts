import {
  conversationRoutes,
  MAX_ATTACHMENT_BYTES,
  MAX_ATTACHMENTS,
} from '@spt-flow/shared/api/conversations';
import { computed, reactive, shallowRef, watch } from 'vue';
import { problemOf } from '../../../lib/problem.ts';
import { randomId } from '../../../lib/random-id.ts';
import { useServices } from '../../../lib/services.ts';

/** A picture that is to go along with the next message. */
export interface ChosenPicture {
  readonly key: string;
  /** Of this page alone. */
  readonly url: string;
  alt: string;
  /** Known once the server has it. */
  id: string | undefined;
}

const EXTENSION = /\.[^.]*$/;
/** What browsers call pictures that were never in a file. */
const NAMELESS = /^image\.\w+$/;

/** usePictures uploads pictures as they are chosen; those of one project are not offered in another. */
export function usePictures(projectId: () => string) {
  const { api } = useServices();
  const pictures = reactive<ChosenPicture[]>([]);
  /** Why the last one was not taken. */
  const refusal = shallowRef<string>();
  const isUploading = computed(() => pictures.some(({ id }) => id === undefined));
  watch(projectId, clear);

  async function add(files: Iterable<File>): Promise<void> {
    refusal.value = undefined;
    await Promise.all([...files].map(addOne));
  }

  async function addOne(file: File): Promise<void> {
    if (pictures.length >= MAX_ATTACHMENTS) {
      refusal.value = `A message takes ${MAX_ATTACHMENTS} pictures at most.`;
      return;
    }
    if (file.size > MAX_ATTACHMENT_BYTES) {
      refusal.value = `“${file.name}” has more than 5 MB.`;
      return;
    }
    const key = randomId();
    const alt = NAMELESS.test(file.name) ? '' : file.name.replace(EXTENSION, '');
    pictures.push({ key, url: URL.createObjectURL(file), alt, id: undefined });
    try {
      const { id } = await api.call(conversationRoutes.attach, {
        params: { handle: projectId() },
        body: { base64: await base64Of(file) },
      });
      const picture = pictures.find((each) => each.key === key);
      if (picture) picture.id = id;
    } catch (error) {
      remove(key);
      const { what, next } = problemOf(error);
      refusal.value = `“${file.name}”: ${what}. ${next}.`;
    }
  }

  function remove(key: string): void {
    const index = pictures.findIndex((picture) => picture.key === key);
    const [gone] = index === -1 ? [] : pictures.splice(index, 1);
    if (gone) URL.revokeObjectURL(gone.url);
  }

  function clear(): void {
    for (const { key } of [...pictures]) remove(key);
    refusal.value = undefined;
  }

  /** Gives away what is there, for the message that is sent now. */
  function take(): { id: string; alt: string }[] {
    const taken = pictures.flatMap(({ id, alt }) =>
      id === undefined ? [] : [{ id, alt: alt.trim() }],
    );
    clear();
    return taken;
  }

  return { pictures, refusal, isUploading, add, remove, take };
}

async function base64Of(file: File): Promise<string> {
  const reader = new FileReader();
  const loaded = new Promise<string>((resolve, reject) => {
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error ?? new Error('The file could not be read'));
  });
  reader.readAsDataURL(file);
  const dataUrl = await loaded;
  return dataUrl.slice(dataUrl.indexOf(',') + 1);
}
