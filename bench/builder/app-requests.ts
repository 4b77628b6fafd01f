import type { AppPage } from './app-page.ts';
import { check, checkText } from './expect.ts';

/** AppRequest is something a newcomer says, and what must be true of the app that comes of it. */
export interface AppRequest {
  readonly says: string;
  /** Of the page: what a visitor reads. */
  readonly title: string;
  /** Uses the app as a visitor would. */
  works(app: AppPage): Promise<void>;
  readonly changes: readonly ChangeRequest[];
}

/** ChangeRequest is said about an app that exists. */
export interface ChangeRequest {
  readonly says: string;
  /** What the page or its style then shows; null: it is refused, and the app stays as it is. */
  readonly shows: string | RegExp | null;
}

async function signs(app: AppPage): Promise<void> {
  check(
    (await app.post('/entries', { name: 'Grace', message: 'Lovely & warm' })).status === 303,
    'an entry is accepted',
  );
  check(
    (await app.post('/entries', { name: '', message: '' })).status === 400,
    'an empty entry is refused',
  );
  checkText((await app.get()).text, 'Lovely &amp; warm');
}

async function ticks(app: AppPage): Promise<void> {
  check(
    (await app.post('/tasks', { text: 'Water the plants' })).status === 303,
    'a task is accepted',
  );
  const [, id] = /\/tasks\/([0-9a-f-]{36})\/toggle/.exec((await app.get()).text) ?? [];
  await app.post(`/tasks/${id}/toggle`, {});
  checkText((await app.get()).text, '0 of 1 to do');
}

async function notes(app: AppPage): Promise<void> {
  check(
    (await app.post('/notes', { title: 'Soup', text: 'Leek' })).status === 303,
    'a note is accepted',
  );
  checkText((await app.get('/?q=Soup')).text, 'Soup');
}

async function votes(app: AppPage): Promise<void> {
  const [, choice = ''] = /name="choice" value="([^"]+)"/.exec((await app.get()).text) ?? [];
  check((await app.post('/votes', { choice })).status === 303, 'a vote is accepted');
  checkText((await app.get()).text, /1 vote/);
}

async function shortens(app: AppPage): Promise<void> {
  check(
    (await app.post('/links', { url: 'https://example.com/a', name: 'menu' })).status === 303,
    'a link is accepted',
  );
  const { status, location } = await app.get('/menu');
  check(status === 302 && location === 'https://example.com/a', 'a link is followed');
}

async function signsUp(app: AppPage): Promise<void> {
  check((await app.post('/people', { name: 'Grace' })).status === 201, 'a name is put down');
  check((await app.post('/people', { name: '' })).status === 400, 'an empty name is refused');
  checkText((await app.get()).text, 'Grace');
}

async function reads(app: AppPage): Promise<void> {
  const { text } = await app.get();
  check((text.match(/<h2/g) ?? []).length >= 2, 'a site has sections');
  check((await app.get('/no-such-page')).status === 404, 'what is not there is not found');
}

const BLUE: ChangeRequest = { says: 'Make it blue', shows: 'data-accent="ocean"' };
const GREEN: ChangeRequest = { says: 'please use a green colour', shows: 'data-accent="forest"' };
const PINK: ChangeRequest = { says: 'Make it pink', shows: 'data-accent="rose"' };
const DARK: ChangeRequest = { says: 'Use a dark theme', shows: 'data-theme="dark"' };
const LOGIN: ChangeRequest = { says: 'Let people log in with Google', shows: null };
const PAYMENT: ChangeRequest = { says: 'Take payments with a credit card', shows: null };

function title(text: string): ChangeRequest {
  return { says: `Change the title to "${text}"`, shows: `<h1>${text}</h1>` };
}

function tagline(text: string): ChangeRequest {
  return { says: `Set the tagline to "${text}"`, shows: text };
}

function section(heading: string, text: string): ChangeRequest {
  return { says: `Add a section about ${heading}: ${text}`, shows: text };
}

function field(label: string): ChangeRequest {
  return { says: `Add a field for the ${label}`, shows: new RegExp(label, 'i') };
}

const GUESTBOOKS: readonly (readonly [string, string, ...ChangeRequest[]])[] = [
  ['a guestbook for my café', 'Café guestbook', BLUE, field('home town')],
  ['I need a Guest Book for our wedding please', 'Wedding guestbook', title('Ann and Bob'), DARK],
  ['guestbook called "Chez Zoë"', 'Chez Zoë', tagline('Come again!')],
  ['somewhere customers can leave reviews', 'Guestbook', GREEN, LOGIN],
  [
    'build a blue guestbook for the museum',
    'Museum guestbook',
    field('country'),
    title('Visitors'),
  ],
  ['visitors book for the gallery', 'Gallery guestbook', DARK],
  [
    'a dark guestbook for our hotel',
    'Hotel guestbook',
    section('breakfast', 'From seven to ten'),
    PAYMENT,
  ],
  ['I want feedback from guests, a guestbook named Echo', 'Echo', title('Echo room'), BLUE],
  ['please make a guest-book for the choir', 'Choir guestbook', tagline('Sing along')],
];

const TODOS: readonly (readonly [string, string, ...ChangeRequest[]])[] = [
  ['todo app', 'To-do list', title('My day'), BLUE],
  ['make me a shopping list for the family', 'Family to-do list', DARK, field('shop')],
  ['a to-do list called "Garden"', 'Garden', tagline('Dig, plant, water')],
  ['a packing list for the holidays', 'Holidays to-do list', PINK, title('Suitcase')],
  ['I need a task tracker', 'To-do list', LOGIN, field('who does it')],
  ['chores for the flat', 'Flat to-do list', title('Who cleans?')],
  ['a checklist, I mean a check list for the office', 'Office to-do list', BLUE, DARK],
  ['grocery list in red', 'To-do list', section('budget', 'Forty a week')],
  ['to do list for my team with a dark theme', 'Team to-do list', tagline('One step a day'), PINK],
];

const SITES: readonly (readonly [string, string, ...ChangeRequest[]])[] = [
  ['a website for our bakery', 'Our bakery', section('opening hours', 'Tuesday to Sunday'), BLUE],
  ['a website called "Blue Door"', 'Blue Door', title('Red Door'), DARK],
  ['a web page for the club', 'Our club', tagline('Since 1903')],
  [
    'landing page for my yoga studio',
    'Our yoga studio',
    GREEN,
    section('prices', 'Ten classes for ninety'),
  ],
  ['I want an online presence for the dentist', 'Our dentist', title('Dr Wu'), LOGIN],
  ['home page for the school', 'Our school', DARK],
  ['a menu for my café', 'Café menu', BLUE, title('What we serve')],
  ['price list for the hairdresser', 'Hairdresser menu', section('booking', 'Call us any time')],
  ['a drinks card named "Bar Uno"', 'Bar Uno', tagline('Cold and fresh'), DARK],
  ['menu for the canteen', 'Canteen menu', GREEN, PAYMENT],
  ['a portfolio called "Mara Lind"', 'Mara Lind', title('Mara Lind, painter')],
  ['show my photography', 'Portfolio', BLUE, section('awards', 'Best of show 2025')],
  ['portfolio for the architect', 'Architect portfolio', tagline('Light and space')],
  ['my c.v. please', 'Portfolio', DARK, title('Curriculum vitae')],
];

const NOTEBOOKS: readonly (readonly [string, string, ...ChangeRequest[]])[] = [
  ['a place for my notes', 'Notes', title('Thoughts'), BLUE],
  ['recipes for the family', 'Family notes', DARK],
  ['a journal called "Log"', 'Log', tagline('Day by day')],
];

const POLLS: readonly (readonly [string, string, ...ChangeRequest[]])[] = [
  [
    'a poll about lunch: pizza or salad',
    'Poll',
    GREEN,
    { says: 'Add the option soup', shows: /soup/i },
  ],
  [
    'vote for the team: red or blue',
    'Team poll',
    { says: 'Change the question to "Which colour?"', shows: 'Which colour?' },
  ],
  ['a survey called "Trip"', 'Trip', LOGIN],
];

const SHORTENERS: readonly (readonly [string, string, ...ChangeRequest[]])[] = [
  ['a link shortener', 'Links', title('Short cuts')],
  ['shorten urls for the agency', 'Agency links', GREEN],
];

const SIGN_UPS: readonly (readonly [string, string, ...ChangeRequest[]])[] = [
  [
    'a sign-up list for a workshop',
    'Workshop sign-up list',
    { says: 'Make it 12 places', shows: 'places&quot;:12' },
    field('e-mail'),
  ],
];

function requests(list: typeof GUESTBOOKS, works: AppRequest['works']): AppRequest[] {
  return list.map(([says, shown, ...changes]) => ({ says, title: shown, works, changes }));
}

/** APP_REQUESTS are 40 apps with 60 changes and more, over all kinds of templates. */
export const APP_REQUESTS: readonly AppRequest[] = [
  ...requests(GUESTBOOKS, signs),
  ...requests(TODOS, ticks),
  ...requests(SITES, reads),
  ...requests(NOTEBOOKS, notes),
  ...requests(POLLS, votes),
  ...requests(SHORTENERS, shortens),
  ...requests(SIGN_UPS, signsUp),
];
