import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { memoryFiles } from '../../testing/memory-files.ts';
import { turnHarness } from '../../testing/turn-harness.ts';
import { filesOf } from '../../testing/written-files.ts';
import type { ChatLine } from '../../pipeline/turn-types.ts';
import { AppSettingsSchema, type AppSettings } from './app-settings.ts';
import { createTemplateProvider } from './template-provider.ts';

const provider = createTemplateProvider({
  templatesDir: fileURLToPath(new URL('../../app-templates', import.meta.url)),
});

function settingsIn(files: Record<string, string>): AppSettings {
  return AppSettingsSchema.parse(JSON.parse(files['app.json'] ?? ''));
}

async function build(request: string): Promise<Record<string, string>> {
  const harness = turnHarness(provider, { request });
  await harness.run();
  return filesOf(harness);
}

/** Builds with the first request, then sends the others to the app as it is then. */
async function ask(first: string, ...requests: readonly string[]) {
  let files = await build(first);
  let text = '';
  for (const request of requests) {
    const harness = turnHarness(provider, { request, files: memoryFiles(files) });
    text = (await harness.run()).text;
    files = { ...files, ...filesOf(harness) };
  }
  return { settings: settingsIn(files), text };
}

describe('the first request', () => {
  it('builds a guestbook, says that it works from templates, and proves it', async () => {
    const harness = turnHarness(provider);

    const result = await harness.run('a guestbook for my café');

    const files = filesOf(harness);
    expect(result.state).toBe('done');
    expect(result.text).toContain('No model key is set, so I work from templates.');
    expect(result.text).toContain('Done: your app is running');
    expect(result.choices).toHaveLength(3);
    expect(settingsIn(files)).toMatchObject({
      template: 'guestbook',
      title: 'Café guestbook',
      accent: 'terracotta',
    });
    expect(Object.keys(files)).toEqual(
      expect.arrayContaining([
        '.devcontainer/devcontainer.json',
        '.gitignore',
        '.gitlab-ci.yml',
        'Dockerfile',
        'README.md',
        'server.mjs',
        'spt-flow.json',
        'style.css',
        'tests/app.mjs',
      ]),
    );
    expect(files['README.md']).toContain('# Café guestbook');
    expect(result.steps.map((step) => step.label)).toContain('Writing server.mjs');
  });

  it.each([
    ['a guestbook for my café', 'guestbook', 'Café guestbook'],
    ['I need a Guest Book for our wedding please', 'guestbook', 'Wedding guestbook'],
    ['somewhere customers can leave reviews', 'guestbook', 'Guestbook'],
    ['todo app', 'todo', 'To-do list'],
    ['make me a shopping list for the family', 'todo', 'Family to-do list'],
    ['a place for my notes', 'notes', 'Notes'],
    ['recipe notes for grandma Rosa', 'notes', 'Grandma Rosa notes'],
    ['A sign-up list for a workshop', 'signup', 'Workshop sign-up list'],
    ['who is coming to the party?', 'signup', 'Sign-up list'],
    ['a poll about lunch: pizza, pasta or salad?', 'poll', 'Poll'],
    ['link shortener for our team', 'links', 'Team links'],
    ['the menu for my café', 'menu', 'Café menu'],
    ['Portfolio for Anna Berg', 'portfolio', 'Anna Berg portfolio'],
    ['a website for my bakery', 'landing', 'Our bakery'],
    ['a website called "Zoë & Friends"', 'landing', 'Zoë & Friends'],
    ['a simple page named Hello World with a photo', 'landing', 'Hello World'],
    ['A GUESTBOOK', 'guestbook', 'Guestbook'],
  ])('%j becomes a %s titled %j', async (request, template, title) => {
    expect(settingsIn(await build(request))).toMatchObject({ template, title });
  });

  it('takes question and answers of a poll from the request', async () => {
    expect(settingsIn(await build('a poll about lunch: pizza, pasta or salad?'))).toMatchObject({
      question: 'Lunch?',
      options: ['Pizza', 'Pasta', 'Salad'],
    });
    expect(settingsIn(await build('a poll'))).toMatchObject({
      question: 'What do you think?',
      options: ['Yes', 'No', 'I do not mind'],
    });
  });

  it('looks at what is long and means nothing for a moment only', async () => {
    const files = await build(`a poll${' : a or '.repeat(1_200)}\nx`);

    expect(settingsIn(files).template).toBe('poll');
  });

  it('takes colour and theme from the request', async () => {
    expect(settingsIn(await build('a dark blue to-do list'))).toMatchObject({
      accent: 'ocean',
      theme: 'dark',
    });
  });

  it('says so when the template is made with another language', async () => {
    const result = await turnHarness(provider).run('a guestbook in python');

    expect(result.text).toContain(
      'You asked for Python with Flask; my template for this is made with Node.js.',
    );
  });

  it('asks at most two questions, then starts with a website', async () => {
    const history: ChatLine[] = [];
    const answers = [];
    for (const request of ['something for my café', 'you know, a thing', 'whatever']) {
      const harness = turnHarness(provider, { history: [...history] });
      const result = await harness.run(request);
      history.push({ role: 'user', text: request }, { role: 'assistant', text: result.text });
      answers.push({
        choices: result.choices.length,
        template: harness.changes.length > 0 ? settingsIn(filesOf(harness)) : null,
      });
    }

    expect(answers).toMatchObject([
      { choices: 5, template: null },
      { choices: 5, template: null },
      { choices: 3, template: { template: 'landing', title: 'Our café' } },
    ]);
  });

  it('keeps what was said before when a choice is clicked', async () => {
    const history: ChatLine[] = [
      { role: 'user', text: 'something for my café' },
      { role: 'assistant', text: 'What kind of app should it be?' },
    ];
    const harness = turnHarness(provider, { history });

    await harness.run('A guestbook');

    expect(settingsIn(filesOf(harness))).toMatchObject({
      template: 'guestbook',
      title: 'Café guestbook',
    });
  });

  it('never lets a title break out of its file', async () => {
    const files = await build('a guestbook called "</title><script>alert(42)</script> $& `x`"');

    expect(settingsIn(files).title).toContain('<script>');
    expect(
      Object.entries(files)
        .filter(([, text]) => text.includes('alert(42)'))
        .map(([path]) => path),
    ).toEqual(['README.md', 'app.json']);
  });

  it('introduces itself once in a conversation', async () => {
    const history: ChatLine[] = [
      { role: 'user', text: 'hm' },
      { role: 'assistant', text: 'No model key is set, so I work from templates.' },
    ];

    expect((await turnHarness(provider, { history }).run('a poll')).text).not.toContain(
      'No model key',
    );
  });

  it('leaves a project alone that was not made from a template', async () => {
    const harness = turnHarness(provider, {
      files: memoryFiles({ 'main.rs': 'fn main() {}', 'README.md': '# Mine' }),
    });

    const result = await harness.run('a guestbook for my café');

    expect(result.text).toContain('not made from one of them');
    expect(harness.changes).toEqual([]);
  });

  it('says plainly when its app did not run, and does not try for ever', async () => {
    const harness = turnHarness(provider, {}, [
      { outcome: 'rolled_back', reason: 'python3: not found', probe: null },
    ]);

    const result = await harness.run('a poll');

    expect(result).toMatchObject({ state: 'failed', errorCode: 'change_set_rolled_back' });
    expect(result.text).toContain('cannot find the cause by myself');
    expect(result.text).toContain('python3: not found');
    expect(harness.changes).toHaveLength(1);
  });
});

const guestbook = 'a guestbook for my café';

describe('a follow-up', () => {
  it.each<[string, string, Partial<AppSettings>]>([
    [guestbook, 'change the title to "Zoë’s book"', { title: 'Zoë’s book' }],
    [guestbook, 'Please rename it to Our Book.', { title: 'Our Book' }],
    [guestbook, 'the heading should say: Welcome!', { title: 'Welcome' }],
    [guestbook, 'change the tagline to Come back soon', { tagline: 'Come back soon' }],
    [guestbook, 'make it green', { accent: 'forest' }],
    [guestbook, 'I want dark mode', { theme: 'dark' }],
    [guestbook, 'a light theme in purple', { theme: 'light', accent: 'plum' }],
    [
      guestbook,
      'add a field for the home town',
      { fields: [{ name: 'home_town', label: 'Home town' }] },
    ],
    [guestbook, 'Add an e-mail field', { fields: [{ name: 'e_mail', label: 'E-mail' }] }],
    [guestbook, 'add a text field called name', { fields: [{ name: 'name_2', label: 'Name' }] }],
    [
      guestbook,
      'add a section about opening hours: Monday to Friday, 8 to 6',
      { sections: [{ heading: 'Opening hours', text: 'Monday to Friday, 8 to 6' }] },
    ],
    [guestbook, 'use 🍰 as the icon', { icon: '🍰' }],
    ['a sign-up list for 12 people', 'add an e-mail field', { places: 12 }],
    ['a sign-up list', 'change the number of places to 30', { places: 30 }],
    ['a poll', 'change the question to Tea or coffee?', { question: 'Tea or coffee?' }],
    ['a poll', 'add the option Maybe', { options: ['Yes', 'No', 'I do not mind', 'Maybe'] }],
  ])('to %j: %j', async (first, request, expected) => {
    expect((await ask(first, request)).settings).toMatchObject(expected);
  });

  it('changes and removes the text of a section', async () => {
    const text = 'set the text of the section “Find us” to Main Street 1, open every day';

    expect((await ask('a menu', text)).settings.sections.at(-1)).toMatchObject({
      heading: 'Find us',
      text: 'Main Street 1, open every day',
    });
    expect(
      (await ask('a menu', 'remove the section Find us')).settings.sections.map(
        (section) => section.heading,
      ),
    ).toEqual(['Drinks', 'From the kitchen']);
  });

  it('is proved like every change', async () => {
    expect((await ask(guestbook, 'make it blue')).text).toBe(
      'Changed the colour to blue.\n\nDone: your app is running and answered with 200 in 84 ms.',
    );
  });

  it('understands every next step that a build offers', async () => {
    for (const first of [
      guestbook,
      'a dark blue to-do list',
      'a poll',
      'a link shortener',
      'a menu',
      'a portfolio',
      'a sign-up list',
      'a website',
      'notes',
    ]) {
      const offered = (await turnHarness(provider).run(first)).choices;
      expect(offered).toHaveLength(3);
      for (const request of offered)
        expect((await ask(first, request)).text).toContain('Done: your app is running');
    }
  });

  it('keeps earlier changes', async () => {
    expect(
      (await ask(guestbook, 'make it blue', 'change the title to B', 'add an age field')).settings,
    ).toMatchObject({ accent: 'ocean', title: 'B', fields: [{ label: 'Age' }] });
  });

  it.each([
    ['undo the last change', 'Use “Undo”'],
    ['add a red button that sends an e-mail', 'Without a model key I work from templates'],
    ['add a contact form', 'cannot add a form'],
    ['add user accounts with passwords and payments', 'Without a model key I work from templates'],
    ['make it terracotta', 'looks like that already'],
  ])('%j changes nothing and says why', async (request, expected) => {
    const files = await build(guestbook);
    const harness = turnHarness(provider, { files: memoryFiles(files) });

    const result = await harness.run(request);

    expect(result.text).toContain(expected);
    expect(harness.changes).toEqual([]);
  });

  it('looks at what is long and means nothing for a moment only', async () => {
    const { text } = await ask('a poll about lunch', `add${' '.repeat(2_500)}x`);

    expect(text).toContain('I did not recognise this request');
  });

  it('says that a kind of app has no form to extend', async () => {
    expect((await ask('a link shortener', 'add a field for the owner')).text).toContain(
      'cannot add fields',
    );
  });

  it('does not overwrite settings that somebody broke by hand', async () => {
    const files = await build(guestbook);
    const harness = turnHarness(provider, {
      files: memoryFiles({ ...files, 'app.json': '{"title":' }),
    });

    await harness.run('make it blue');

    expect(harness.changes).toEqual([]);
  });
});

describe('a follow-up with several wishes', () => {
  it.each<[string, string, Partial<AppSettings>, string]>([
    [
      guestbook,
      'make the title Zoë’s Bakery and the colour blue',
      { title: 'Zoë’s Bakery', accent: 'ocean' },
      'Changed the title to “Zoë’s Bakery” and changed the colour to blue.',
    ],
    [
      'a menu',
      'Remove the drinks section, then use 🍰 as the icon. Also make it dark!',
      { icon: '🍰', theme: 'dark' },
      'Removed the section “Drinks”, changed the symbol to 🍰 and changed the theme to dark.',
    ],
    [
      guestbook,
      'make it green and add a calendar for bookings',
      { accent: 'forest' },
      'Changed the colour to green. I left out “add a calendar for bookings”: without a model key I cannot do that.',
    ],
    [
      guestbook,
      'change the tagline to We bake, make tea and give it away',
      { tagline: 'We bake, make tea and give it away' },
      'Changed the line under the title',
    ],
    [
      guestbook,
      'change the title to "Tea, make it blue" and publish it',
      { title: 'Tea, make it blue', accent: 'terracotta' },
      'Every change that works is online at once.',
    ],
  ])('to %j: %j', async (first, request, expected, said) => {
    const { settings, text } = await ask(first, request);

    expect(settings).toMatchObject(expected);
    expect(text).toContain(said);
  });
});
