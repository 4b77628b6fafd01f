import { Option, type Command } from 'commander';
import type { Context } from '../../context.ts';
import { addExamples } from '../../program.ts';
import { plain } from '../../core/text.ts';

const METHODS = ['oidc', 'github'] as const;

interface Options {
  readonly follows?: (typeof METHODS)[number];
}

export function registerGroupCreate(group: Command, context: Context): void {
  const command = group
    .command('create')
    .description('make a group, to share projects with')
    .argument('<name>', 'with --follows exactly as the group is called there')
    .addOption(
      new Option(
        '--follows <method>',
        'who is in it is decided where people sign in, and followed whenever they do',
      ).choices(METHODS),
    )
    .action((name: string, options: Options) => create(context, name, options));
  addExamples(command, [
    ['spt-flow group create Shop', "then 'spt-flow group add Shop ben@example.com'"],
    ['spt-flow group create /teams/shop --follows oidc', 'as Keycloak has it'],
  ]);
}

async function create(context: Context, name: string, { follows }: Options): Promise<void> {
  const made = await (await context.client()).createGroup({ name, follows: follows ?? null });
  context.note(
    follows === undefined
      ? `The group ${plain(made.name)} is there. Next: spt-flow group add '${plain(made.name)}' <e-mail>`
      : `The group ${plain(made.name)} is there. Whoever is in it there is in it here after their next sign-in`,
  );
}
