import type { Session, SessionEnd, SessionKind } from '@spt-flow/shared/api/sessions';
import { formatDuration } from '../../lib/format.ts';

export const KIND_WORDS: Readonly<Record<SessionKind, string>> = {
  terminal: 'Terminal',
  follower: 'Looks on',
  command: 'Command',
  ssh: 'SSH',
  'port-forward': 'Ports',
};

const ENDINGS: Readonly<Record<NonNullable<Session['endReason']>, string>> = {
  left: 'Left',
  exited: 'Program ended',
  ended: 'Ended',
  revoked: 'Lost the right to it',
  failed: 'Workspace was lost',
  unrecorded: 'Could not be recorded',
  stopped: 'spt-flow was stopped',
  lost: 'Lost: spt-flow was gone',
};

const SURVIVORS: Readonly<Record<SessionEnd['stillAlive'][number]['what'], string>> = {
  terminal: 'What runs in the terminal goes on.',
  background: 'What it left running in the background goes on.',
  certificate: 'Its certificate is valid for minutes, for who may still use the workspace.',
  'sign-in': 'They are still signed in and may connect again: change their role to prevent it.',
};

export function endingWords({ endReason, endedBy }: Session): string {
  if (endReason === null) return 'Open';
  return endedBy === null ? ENDINGS[endReason] : `${ENDINGS[endReason]} by ${endedBy}`;
}

/** survivorWords says what goes on although a session was ended. */
export function survivorWords({ stillAlive }: SessionEnd): string[] {
  return stillAlive.map(({ what }) => SURVIVORS[what]);
}

export function recordingWords({ recording: { state, removedFor } }: Session): string {
  if (state === 'removed')
    return removedFor === 'size'
      ? 'Removed: all recordings together were too large'
      : 'Removed: too old';
  return {
    none: 'Not recorded',
    running: 'Being recorded',
    whole: 'Recorded',
    partial: 'A part is missing',
  }[state];
}

/** lengthOf is of one that is over. */
export function lengthOf({ startedAt, endedAt }: Session): string {
  return formatDuration(Date.parse(endedAt ?? startedAt) - Date.parse(startedAt));
}

export function hasRecording({ recording }: Session): boolean {
  return recording.state !== 'none' && recording.state !== 'removed';
}
