import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { AppSettingsSchema } from '../../apps/control-plane/src/features/chat/providers/templates/app-settings.ts';
import { createTemplateProvider } from '../../apps/control-plane/src/features/chat/providers/templates/template-provider.ts';
import { memoryFiles } from '../../apps/control-plane/src/features/chat/testing/memory-files.ts';
import { turnHarness } from '../../apps/control-plane/src/features/chat/testing/turn-harness.ts';
import { APP_REQUESTS } from './app-requests.ts';

const templatesDir = fileURLToPath(
  new URL('../../apps/control-plane/src/features/chat/app-templates', import.meta.url),
);
const provider = createTemplateProvider({ templatesDir });

async function edited(request: string, files: Record<string, string>) {
  const harness = turnHarness(provider, { request, files: memoryFiles(files) });
  await harness.run();
  const edits = harness.changes[0]?.edits ?? [];
  const written = edits.flatMap((edit) =>
    edit.action === 'write' ? [[edit.path, edit.text] as const] : [],
  );
  return { isChanged: edits.length > 0, files: { ...files, ...Object.fromEntries(written) } };
}

/** What of the settings every page shows. */
function shownBy(files: Record<string, string>): string {
  const settings = AppSettingsSchema.parse(JSON.parse(files['app.json'] ?? '{}'));
  const { title, accent, theme } = settings;
  // As a script has them, and as an attribute of the page.
  const json = JSON.stringify(settings);
  return `<h1>${title}</h1> data-accent="${accent}" data-theme="${theme}" ${json} ${json.replaceAll('"', '&quot;')}`;
}

describe('the requests of the builder suite', () => {
  it('are 40 apps and 60 changes at least', () => {
    expect(APP_REQUESTS.length).toBeGreaterThanOrEqual(40);
    expect(APP_REQUESTS.flatMap(({ changes }) => changes).length).toBeGreaterThanOrEqual(60);
  });

  it.each(APP_REQUESTS)('“$says” is understood, with its changes', async (request) => {
    const first = await edited(request.says, {});
    expect(shownBy(first.files)).toContain(`<h1>${request.title}</h1>`);

    let { files } = first;
    for (const { says, shows } of request.changes) {
      const next = await edited(says, files);
      expect([says, next.isChanged]).toEqual([says, shows !== null]);
      if (typeof shows === 'string') expect(shownBy(next.files)).toContain(shows);
      else if (shows !== null) expect(shownBy(next.files)).toMatch(shows);
      files = next.files;
    }
  });
});
