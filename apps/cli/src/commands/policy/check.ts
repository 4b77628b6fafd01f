import path from 'node:path';
import type { Command } from 'commander';
import type { WorkspaceVerdict } from '@spt-flow/shared/api/workspaces';
import type { Denial } from '@spt-flow/shared/domain/policy';
import type { Context, OutputFormat } from '../../context.ts';
import { EXIT, usageError } from '../../core/errors.ts';
import type { OwnRules } from '../../files/judge-file.ts';
import { addExamples, outputOption } from '../../program.ts';
import { plain, table } from '../../core/text.ts';

interface Options {
  readonly workspace?: string;
  readonly data?: string;
  readonly bundle?: string;
  readonly output: OutputFormat;
}

export function registerPolicyCheck(policy: Command, context: Context): void {
  const command = policy
    .command('check')
    .description('what the rules deny of a file, or of a start of a workspace; nothing is changed')
    .argument('[file]', 'plan of Terraform as JSON, or manifests of Kubernetes')
    .option('--workspace <workspace>', 'name or id: what the server would say of a start now')
    .option('--data <file>', 'limits of your own for the rules, as JSON')
    .option(
      '--bundle <directory>',
      'compiled rules of your own, asked beside those that are shipped',
    )
    .addOption(outputOption())
    .action(async (file: string | undefined, options: Options, { parent }: Command) => {
      const isPermitted = await check(context, file, options);
      if (!isPermitted) parent?.parent?.setOptionValue('exitCode', EXIT.failure);
    });
  addExamples(command, [
    ['spt-flow policy check plan.json', "of 'tofu show -json plan'; no server is asked"],
    ['spt-flow policy check pods.yaml --data limits.json', 'with limits of your own'],
    ['spt-flow policy check --workspace demo', 'whether it may start now'],
  ]);
}

async function check(
  context: Context,
  file: string | undefined,
  { workspace, output, ...own }: Options,
): Promise<boolean> {
  if ((file === undefined) === (workspace === undefined))
    throw usageError('Name a file or --workspace, one of them', 'spt-flow policy check --help');
  if (workspace !== undefined && Object.keys(own).length > 0)
    throw usageError('The server has rules and limits of its own', 'spt-flow policy check --help');
  const verdict =
    file === undefined
      ? await (await context.client()).judgeWorkspace(workspace ?? '')
      : await judgeFile(context, file, own);
  context.print(output, {
    data: verdict,
    text: verdict.permitted ? 'No rule denies this' : describeDenials(verdict.denials),
  });
  return verdict.permitted;
}

async function judgeFile({ io }: Context, file: string, own: OwnRules): Promise<WorkspaceVerdict> {
  const { judgeFile: judge } = await import('../../files/judge-file.ts');
  return judge(file, { ...own, shipped: path.join(io.program.folder, 'policy.wasm') });
}

const HEAD = ['RULE', 'RESOURCE', 'REASON'];

function describeDenials(denials: readonly Denial[]): string {
  const rows = denials.map(({ rule, resource, reason }) => [rule, resource, reason].map(plain));
  const remedies = new Map(denials.map(({ rule, remedy }) => [plain(rule), plain(remedy)]));
  return [
    table([HEAD, ...rows]),
    '',
    ...[...remedies].map(([rule, remedy]) => `${rule}: ${remedy}`),
  ].join('\n');
}
