import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diskLevelOf } from '../workspaces/index.ts';
import { decide, type Facts } from './decide.ts';
import type { ScheduleMoments } from './schedule-moments.ts';

const MINUTE_MS = 60_000;
const START = new Date('2026-11-26T08:00:00Z');

function after(minutes: number): Date {
  return new Date(START.getTime() + minutes * MINUTE_MS);
}

const NO_MOMENTS: ScheduleMoments = {
  ...{ lastStart: null, nextStart: null, lastStop: null, nextStop: null, openUntil: null },
};

function facts(change: Partial<Facts> = {}): Facts {
  return {
    now: after(0),
    runningSince: START,
    isServer: false,
    activity: {},
    idleMinutes: 30,
    schedule: null,
    scheduleSetAt: null,
    keepUntil: null,
    disk: null,
    warnedOf: null,
    ...change,
  };
}

describe('idleness', () => {
  it('keeps a workspace that was just started, or used', () => {
    expect(decide(facts({ now: after(5) }))).toEqual({
      action: 'keep',
      rule: 'idle',
      reason: 'It started 5 minutes ago; it stops after 30 minutes without use',
      stopsAt: after(30),
    });
    expect(decide(facts({ now: after(45), activity: { terminal: after(44) } }))).toEqual({
      action: 'keep',
      rule: 'idle',
      reason: 'Last used by terminal 1 minute ago; it stops after 30 minutes without use',
      stopsAt: after(74),
    });
  });

  it('warns ten minutes before, and stops with what it looked at', () => {
    const activity = { terminal: after(1), ports: after(-200) };
    expect(decide(facts({ now: after(22), activity }))).toMatchObject({
      action: 'warn',
      stopsAt: after(32),
    });
    expect(decide(facts({ now: after(31), activity, warnedOf: after(31) }))).toEqual({
      action: 'stop',
      rule: 'idle',
      reason:
        'Nobody used it for 30 minutes (terminal 30 minutes ago; port traffic 3 hours ago; never: SSH, commands and changes, chat, AI agent, processor)',
      stopsAt: after(31),
    });
  });

  it('never stops where it is turned off, nor a server', () => {
    expect(decide(facts({ now: after(9_999), idleMinutes: 0 }))).toMatchObject({
      action: 'keep',
      stopsAt: null,
    });
    const due = { now: after(9_999), warnedOf: after(30) };
    expect(decide(facts({ ...due, isServer: true }))).toMatchObject({
      action: 'keep',
      rule: 'server',
    });
  });

  it('does not count use before the workspace was started', () => {
    const activity = { chat: after(-1) };

    expect(decide(facts({ now: after(1), activity }))).toMatchObject({ stopsAt: after(30) });
  });
});

describe('a schedule', () => {
  const open: ScheduleMoments = { ...NO_MOMENTS, openUntil: after(600), nextStop: after(600) };

  it('keeps an idle workspace running within its hours', () => {
    expect(decide(facts({ now: after(300), schedule: open }))).toMatchObject({
      action: 'keep',
      rule: 'schedule',
      stopsAt: after(600),
    });
  });

  it('stops one that is in use, after a warning', () => {
    const activity = { terminal: after(590) };
    expect(decide(facts({ now: after(590), activity, schedule: open }))).toMatchObject({
      action: 'warn',
      stopsAt: after(600),
    });
    const closed: ScheduleMoments = { ...NO_MOMENTS, lastStop: after(600), nextStop: after(2_000) };
    const late = { now: after(600), activity, schedule: closed, warnedOf: after(600) };
    expect(decide(facts(late))).toMatchObject({ action: 'stop', rule: 'schedule' });
  });

  it('leaves one alone that was started after the stop, and lets idleness decide', () => {
    const closed: ScheduleMoments = { ...NO_MOMENTS, lastStop: after(-60), nextStop: after(900) };

    expect(decide(facts({ now: after(5), schedule: closed }))).toMatchObject({
      action: 'keep',
      rule: 'idle',
      stopsAt: after(30),
    });
  });

  it('keeps one that would be idle only within its hours', () => {
    const closed: ScheduleMoments = {
      ...NO_MOMENTS,
      ...{ lastStop: after(-60), nextStart: after(30), nextStop: after(900) },
    };

    expect(decide(facts({ now: after(29), schedule: closed }))).toMatchObject({
      action: 'keep',
      stopsAt: after(900),
    });
  });

  it('does not act for the time before it was set', () => {
    const closed: ScheduleMoments = { ...NO_MOMENTS, lastStop: after(60), nextStop: after(900) };
    const set = { now: after(90), idleMinutes: 0, schedule: closed, scheduleSetAt: after(61) };

    expect(decide(facts(set))).toMatchObject({ action: 'keep', stopsAt: after(900) });
  });
});

describe('an override', () => {
  it('keeps a workspace running past its stop, which comes when the override ends', () => {
    const closed: ScheduleMoments = { ...NO_MOMENTS, lastStop: after(600) };
    const kept = { schedule: closed, keepUntil: after(720) };

    expect(decide(facts({ ...kept, now: after(650) }))).toEqual({
      action: 'keep',
      rule: 'override',
      reason: 'Somebody asked to keep it running for 70 minutes more',
      stopsAt: after(720),
    });
    expect(decide(facts({ ...kept, now: after(712) }))).toMatchObject({
      action: 'warn',
      rule: 'schedule',
    });
    expect(decide(facts({ ...kept, now: after(722), warnedOf: after(722) }))).toMatchObject({
      action: 'stop',
    });
  });
});

describe('any decision', () => {
  const minutes = fc.integer({ min: -3_000, max: 3_000 }).map(after);
  const moment = fc.option(minutes);
  const anyFacts = fc.record<Facts>({
    now: fc.integer({ min: 0, max: 3_000 }).map(after),
    runningSince: fc.integer({ min: -3_000, max: 0 }).map(after),
    isServer: fc.boolean(),
    activity: fc.record({ terminal: minutes, cpu: minutes }, { requiredKeys: [] }),
    idleMinutes: fc.constantFrom(0, 1, 5, 30, 600),
    schedule: fc.option(
      fc.record({
        ...{ lastStart: moment, nextStart: moment, lastStop: moment, nextStop: moment },
        openUntil: moment,
      }),
    ),
    scheduleSetAt: moment,
    keepUntil: moment,
    disk: fc.option(fc.record({ usedBytes: fc.nat(15), limitBytes: fc.constant(5) })),
    warnedOf: moment,
  });

  it('stops nothing without a warning, an active override, or while somebody else owns the machine', () => {
    fc.assert(
      fc.property(anyFacts, (given) => {
        const { action } = decide(given);
        if (action !== 'stop') return;

        expect(given.isServer).toBe(false);
        expect(given.warnedOf && given.warnedOf <= given.now).toBe(true);
        if (diskLevelOf(given.disk) === 'ok')
          expect(given.keepUntil === null || given.keepUntil <= given.now).toBe(true);
      }),
    );
  });

  it('warns only of stops in the future, and stops once one that was warned of is due', () => {
    fc.assert(
      fc.property(anyFacts, (given) => {
        const first = decide({ ...given, warnedOf: null });
        if (first.action !== 'warn' || !first.stopsAt) return;

        expect(first.stopsAt > given.now).toBe(true);
        const later = { ...given, now: first.stopsAt, warnedOf: first.stopsAt };
        if (!given.schedule) expect(decide(later).action).toBe('stop');
      }),
    );
  });

  it('lets use now put off an idle stop, whatever happened before', () => {
    fc.assert(
      fc.property(anyFacts, (given) => {
        const used = { ...given, disk: null, schedule: null, activity: { terminal: given.now } };

        expect(decide(used).action).toBe('keep');
      }),
    );
  });
});
