import type { Session, SessionEnd } from '@spt-flow/shared/api/sessions';
import { formatSize, plain, table } from '../core/text.ts';

const ID_LENGTH = 8;
const HEAD = ['ID', 'WHO', 'WORKSPACE', 'KIND', 'FROM', 'SINCE', 'IN', 'OUT', 'STATE'];
const RECORDING_HEAD = ['ID', 'WHO', 'WORKSPACE', 'KIND', 'STARTED', 'LENGTH', 'SIZE', 'STATE'];

const ENDINGS: Readonly<Record<NonNullable<Session['endReason']>, string>> = {
  left: 'left',
  exited: 'program ended',
  ended: 'ended',
  revoked: 'may no longer',
  failed: 'workspace lost',
  unrecorded: 'not recordable',
  stopped: 'spt-flow stopped',
  lost: 'lost',
};

const RECORDINGS: Readonly<Record<Session['recording']['state'], string>> = {
  none: '-',
  running: 'running',
  whole: 'whole',
  partial: 'a part is missing',
  removed: 'removed',
};

const SURVIVORS: Readonly<Record<SessionEnd['stillAlive'][number]['what'], string>> = {
  terminal: 'what runs in the terminal goes on',
  background: 'what it left running in the background goes on',
  certificate: 'its certificate opens another connection, for who may still use the workspace',
  'sign-in': 'they are still signed in, and may connect again',
};

export function sessionTable(sessions: readonly Session[]): string {
  const rows = sessions.map((session) => [
    session.id.slice(0, ID_LENGTH),
    plain(session.userName),
    plain(session.workspaceName),
    session.kind,
    plain(session.address),
    minuteOf(session.startedAt),
    formatSize(session.bytesIn),
    formatSize(session.bytesOut),
    stateOf(session),
  ]);
  return table([HEAD, ...rows]);
}

export function recordingTable(sessions: readonly Session[]): string {
  const rows = sessions.map((session) => [
    session.id.slice(0, ID_LENGTH),
    plain(session.userName),
    plain(session.workspaceName),
    session.kind,
    minuteOf(session.startedAt),
    lengthOf(session),
    formatSize(session.recording.bytes),
    recordingState(session),
  ]);
  return table([RECORDING_HEAD, ...rows]);
}

/** survivorLines says what an end did not end. */
export function survivorLines({ stillAlive }: SessionEnd): string[] {
  return stillAlive.map(({ what, until }) =>
    until === null ? SURVIVORS[what] : `${SURVIVORS[what]}, until ${minuteOf(until)}`,
  );
}

function stateOf({ endReason, endedBy, endedAt }: Session): string {
  if (endReason === null) return 'open';
  const by = endedBy === null ? '' : ` by ${plain(endedBy)}`;
  return `${ENDINGS[endReason]}${by}${endedAt === null ? '' : ` ${minuteOf(endedAt)}`}`;
}

function recordingState({ recording: { state, removedFor } }: Session): string {
  if (state !== 'removed') return RECORDINGS[state];
  return removedFor === 'size' ? 'removed, too much in all' : 'removed, too old';
}

function lengthOf({ startedAt, endedAt }: Session): string {
  if (endedAt === null) return '-';
  const seconds = Math.round((Date.parse(endedAt) - Date.parse(startedAt)) / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min`;
}

function minuteOf(instant: string): string {
  return `${instant.slice(0, 10)} ${instant.slice(11, 16)}`;
}
