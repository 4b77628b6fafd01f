import { describe, expect, it } from 'vitest';
import { AgentEventReader } from './agent-events.ts';

const HEARTBEAT = {
  ...{ type: 'heartbeat', at: '2026-11-27T00:00:00Z', rssBytes: 1, cpuSeconds: 1 },
  ...{ loadAverage: 0, processes: 1 },
};
const LOG = { type: 'log', seq: 1, at: 0, source: 'app', level: 'info', text: 'grün' };

function lineOf(event: object): Buffer {
  return Buffer.from(`${JSON.stringify(event)}\n`);
}

describe('the events of an agent', () => {
  it('are the same however the network cuts them', () => {
    const bytes = Buffer.concat([lineOf(HEARTBEAT), lineOf(LOG), lineOf(HEARTBEAT)]);
    const reader = new AgentEventReader();

    const events = [...bytes].flatMap((byte) => reader.feed(Buffer.of(byte)));

    expect(events).toEqual([HEARTBEAT, LOG, HEARTBEAT]);
  });

  it('end in an error when a line has no end', () => {
    const reader = new AgentEventReader();
    const piece = Buffer.alloc(1024 * 1024, 0x20);
    reader.feed(Buffer.from('{"type":"recovered",'));

    for (let index = 0; index < 3; index += 1) reader.feed(piece);

    expect(() => reader.feed(piece)).toThrow('a line without an end');
  });

  it('are JSON, but for a few', () => {
    const reader = new AgentEventReader();
    expect(reader.feed(Buffer.from(`${'x\n'.repeat(100)}${JSON.stringify(LOG)}\n`))).toEqual([LOG]);
    expect(() => reader.feed(Buffer.from('x\n'))).toThrow('no JSON');
  });

  it('are not read where that takes long: nested deep, or of very many values', () => {
    const nested = '['.repeat(100) + ']'.repeat(100);
    const many = `[${'0,'.repeat(200_000)}0]`;
    const reader = new AgentEventReader();

    const told = [nested, many].flatMap((dear) =>
      reader.feed(
        Buffer.from(
          lineOf({ ...LOG, dear: 0 })
            .toString()
            .replace('"dear":0', `"dear":${dear}`),
        ),
      ),
    );

    expect(told).toEqual([]);
  });

  it('are short, but for the receipt of a change, and that now and then', () => {
    const piece = Buffer.alloc(64 * 1024, '[');
    const flood = (reader: AgentEventReader) => {
      for (let index = 0; index < 4; index += 1) reader.feed(piece);
    };
    expect(() => flood(new AgentEventReader())).not.toThrow();
    const other = new AgentEventReader();
    other.feed(Buffer.from('{"type":"ports","x":'));
    expect(() => flood(other)).toThrow('too long for what it tells');

    let left = 1;
    const reader = new AgentEventReader(() => (left -= 1) >= 0);
    const receipt = Buffer.from('{"type":"recovered","x":');
    reader.feed(receipt);
    flood(reader);
    reader.feed(Buffer.from('\n'));
    reader.feed(receipt);
    expect(() => flood(reader)).toThrow('too often');
  });

  it.each([
    ['memory in parts of a byte', { ...HEARTBEAT, rssBytes: 1.5 }],
    ['more memory than there is', { ...HEARTBEAT, rssBytes: 1e300 }],
    ['less than no memory', { ...HEARTBEAT, rssBytes: -1 }],
    ['a position between two lines', { ...LOG, seq: 0.5 }],
    ['a position before all lines', { ...LOG, seq: -1 }],
  ])('tell nothing with %s: no column holds it, and others are stored with it', (_case, event) => {
    expect(new AgentEventReader().feed(lineOf(event))).toEqual([]);
  });
});
