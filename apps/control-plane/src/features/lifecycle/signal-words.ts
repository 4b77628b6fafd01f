import {
  ACTIVITY_NAMES,
  ACTIVITY_SOURCES,
  type ActivitySource,
} from '@spt-flow/shared/domain/activity';

/** When each kind of use was seen last; what is missing never was. */
export type Activity = Readonly<Partial<Record<ActivitySource, Date>>>;

/** latestOf returns the most recent use; undefined when there was none. */
export function latestOf(activity: Activity): { source: ActivitySource; at: Date } | undefined {
  return seenIn(activity)[0];
}

/** signalWords says of every kind of use when it was last seen. */
export function signalWords(activity: Activity, now: Date): string {
  const seen = seenIn(activity);
  const never = ACTIVITY_SOURCES.filter((source) => !activity[source]).map(
    (source) => ACTIVITY_NAMES[source],
  );
  return [
    ...seen.map(({ source, at }) => `${ACTIVITY_NAMES[source]} ${ageOf(at, now)} ago`),
    ...(never.length > 0 ? [`never: ${never.join(', ')}`] : []),
  ].join('; ');
}

export function ageOf(at: Date, now: Date): string {
  return durationWords(Math.floor(Math.max(0, now.getTime() - at.getTime()) / 60_000));
}

export function durationWords(minutes: number): string {
  if (minutes < 1) return 'less than a minute';
  if (minutes === 1) return '1 minute';
  if (minutes < 120) return `${minutes} minutes`;
  return minutes < 48 * 60
    ? `${Math.floor(minutes / 60)} hours`
    : `${Math.floor(minutes / 1440)} days`;
}

function seenIn(activity: Activity): { source: ActivitySource; at: Date }[] {
  return ACTIVITY_SOURCES.flatMap((source) => {
    const at = activity[source];
    return at ? [{ source, at }] : [];
  }).sort((a, b) => b.at.getTime() - a.at.getTime());
}
