import { InvalidArgumentError, Option, type Command } from 'commander';
import { playCast } from '../../terminal/cast-player.ts';
import type { Context } from '../../context.ts';
import { findSession } from '../../steps/find-session.ts';
import { addExamples } from '../../program.ts';

const MAX_SPEED = 100;

interface Options {
  readonly speed: number;
  readonly longestPause: number;
}

export function registerRecordingPlay(recording: Command, context: Context): void {
  const command = recording
    .command('play')
    .description('play a recording in this terminal')
    .argument('<session>', "id, or its beginning, from 'spt-flow recording list'")
    .addOption(
      new Option('--speed <factor>', 'how fast') //
        .argParser(readNumber)
        .default(1),
    )
    .addOption(
      new Option('--longest-pause <seconds>', 'what nothing happens for is cut to this') //
        .argParser(readNumber)
        .default(2),
    )
    .action((handle: string, options: Options) => play(context, handle, options));
  addExamples(command, [['spt-flow recording play 3f2a91c0 --speed 4', 'Ctrl-C ends it']]);
}

function readNumber(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= MAX_SPEED) return value;
  throw new InvalidArgumentError(`It has to be more than 0 and at most ${MAX_SPEED}.`);
}

async function play(
  context: Context,
  handle: string,
  { speed, longestPause }: Options,
): Promise<void> {
  const client = await context.client();
  const { id } = await findSession(client, handle, {
    query: { recorded: 'true' },
    command: 'spt-flow recording list',
  });
  const recording = await client.readRecording(id, '3');
  await playCast(recording, { io: context.io, speed, idleSeconds: longestPause });
}
