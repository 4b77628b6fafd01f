import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Planning } from '../../pipeline/planning.ts';
import { memoryFiles } from '../../testing/memory-files.ts';
import { turnHarness } from '../../testing/turn-harness.ts';
import { createTemplateProvider } from './template-provider.ts';

const provider = createTemplateProvider({
  templatesDir: fileURLToPath(new URL('../../app-templates', import.meta.url)),
});
const PLANNING: Planning = { asked: false, plan: null };

describe('templates that fit nearly', () => {
  it('are offered when several could be meant', async () => {
    const { text, choices, changeSetId } = await turnHarness(provider).run(
      'something for the guests of my restaurant',
    );

    expect(text).toContain('Several of my templates could fit');
    expect(choices).toEqual(['A guestbook', 'A menu', 'A website']);
    expect(changeSetId).toBeNull();
  });

  it('count as a question, so that asking comes to an end', async () => {
    const request = 'something for the guests of my restaurant';
    const asked = await turnHarness(provider).run(request);
    const history = [
      { role: 'user' as const, text: request },
      { role: 'assistant' as const, text: asked.text },
    ];
    const chosen = turnHarness(provider, { history });

    expect((await chosen.run('A menu')).state).toBe('done');
    expect(chosen.changes).toHaveLength(1);
  });
});

describe('a plan without a model', () => {
  it('is the blueprint of the template, and is built once it is approved', async () => {
    const harness = turnHarness(provider, { planning: PLANNING });
    const { planning, text } = await harness.run('a guestbook for my café');

    expect(planning?.plan).toMatchObject({
      title: 'Café guestbook',
      pages: ['One page, “Café guestbook”'],
      leftOut: expect.arrayContaining(['Accounts and signing in']),
    });
    expect(harness.changes).toEqual([]);

    const approved = turnHarness(provider, {
      planning: 'approved',
      history: [
        { role: 'user', text: 'a guestbook for my café' },
        { role: 'assistant', text },
      ],
    });
    await approved.run('Build it as planned.');
    expect(JSON.stringify(approved.changes[0]?.edits)).toContain('Café guestbook');
  });

  it('of a follow-up is what it would change', async () => {
    const built = turnHarness(provider);
    await built.run('a guestbook');
    const files = Object.fromEntries(
      (built.changes[0]?.edits ?? []).flatMap((edit) =>
        edit.action === 'write' ? [[edit.path, edit.text]] : [],
      ),
    );
    const harness = turnHarness(provider, { planning: PLANNING, files: memoryFiles(files) });

    const request = 'Make it blue and add a section about prices: All are fair';
    const { planning, text } = await harness.run(request);

    expect(planning?.plan?.behaviour).toEqual([
      'Change the colour to blue',
      'Add the section “Prices”',
    ]);
    expect(harness.changes).toEqual([]);

    const approved = turnHarness(provider, {
      planning: 'approved',
      files: memoryFiles(files),
      history: [
        { role: 'user', text: request },
        { role: 'assistant', text: text || 'A plan' },
      ],
    });
    await approved.run('Build it as planned.');
    expect(approved.changes[0]?.summary).toContain('Changed the colour to blue and added');
  });

  it('begins anew where an app was undone and left what it had made', async () => {
    const built = await turnHarness(provider).run('a website in green for our bakery');
    const harness = turnHarness(provider, {
      files: memoryFiles({ '.build/index.html': '<p>' }),
      history: [
        { role: 'user', text: 'a website in green for our bakery' },
        { role: 'assistant', text: built.text },
        { role: 'user', text: 'use a dark theme' },
        {
          role: 'assistant',
          text: 'Changed the theme to dark.\n\nDone: your app is running and answered',
        },
        { role: 'user', text: 'I would like something for guests' },
        { role: 'assistant', text: 'What kind of app should it be?' },
      ],
    });

    await harness.run('a guestbook in red');

    const settings = harness.changes[0]?.edits.find(({ path }) => path === 'app.json');
    expect(settings).toMatchObject({
      text: expect.stringMatching(/"Guestbook"[^]*"crimson"[^]*"auto"/),
    });
  });
});
