import { beforeEach, describe, expect, it } from 'vitest';
import { createViewers, type Size, type Viewer, type Viewers } from './viewers.ts';

function viewer(name: string, cols: number, canWrite = true): Viewer {
  return { name, canWrite, size: { cols, rows: 24 } };
}

let desk: Viewer;
let phone: Viewer;
let guest: Viewer;
let sizes: Size[];
let changes: number;
let viewers: Viewers<Viewer>;

beforeEach(() => {
  desk = viewer('desk', 200);
  phone = viewer('phone', 40);
  guest = viewer('guest', 90, false);
  sizes = [];
  changes = 0;
  viewers = createViewers({
    size: { cols: 80, rows: 24 },
    onResize: (size) => sizes.push(size),
    onChange: () => (changes += 1),
  });
});

describe('the size of a terminal', () => {
  it('is that of the writer who came or typed last', () => {
    viewers.add(desk);
    viewers.add(phone);
    viewers.use(desk);

    expect(sizes.map(({ cols }) => cols)).toEqual([200, 40, 200]);
    expect(viewers.isActive(desk)).toBe(true);
  });

  it('goes back to who used it before when the last one leaves', () => {
    viewers.add(desk);
    viewers.add(phone);
    viewers.remove(phone);

    expect(sizes.at(-1)?.cols).toBe(200);
  });

  it('follows the window of who uses it, and of nobody else', () => {
    viewers.add(desk);
    viewers.add(phone);
    viewers.resize(desk, { cols: 150, rows: 24 });
    expect(viewers.view.cols).toBe(40);
    viewers.resize(phone, { cols: 60, rows: 24 });

    expect(viewers.view.cols).toBe(60);
  });

  it('stays while only followers look, and when nobody does', () => {
    viewers.add(desk);
    viewers.add(guest);
    viewers.use(guest);
    viewers.remove(desk);
    viewers.remove(guest);

    expect(viewers.view).toEqual({ cols: 200, rows: 24, isShared: false, viewers: [] });
    expect(viewers.hasWriter).toBe(false);
  });
});

it('all see who looks, and whether it is shared', () => {
  viewers.add(desk);
  viewers.add(guest);
  viewers.share(true);
  const before = changes;
  viewers.share(true);

  expect(changes).toBe(before);
  expect(viewers.view).toMatchObject({
    isShared: true,
    viewers: [
      { name: 'desk', canWrite: true },
      { name: 'guest', canWrite: false },
    ],
  });
});
