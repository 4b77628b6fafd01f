import { readTar, type TarSource } from './tar-source.ts';

const MAX_BYTES = 2 * 1024 * 1024;

/** Texts of files of the project; undefined: there is none. */
export type ReadText = (path: string) => Promise<string | undefined>;

/** createTextReader reads single files of a project; what is a link, or no file, is not there. */
export function createTextReader(source: Omit<TarSource, 'paths' | 'maxBytes'>): ReadText {
  return async (path) => {
    let text: string | undefined;
    await readTar({ ...source, paths: [path], maxBytes: MAX_BYTES }, async (entry) => {
      if (entry.kind !== 'file' || entry.path !== path) return;
      const chunks: Buffer[] = [];
      for await (const chunk of entry.content) chunks.push(chunk);
      text = Buffer.concat(chunks).toString('utf8');
    });
    return text;
  };
}
