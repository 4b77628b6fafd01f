import type { Command } from 'commander';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';
import { plain, table } from '../../core/text.ts';

const HEAD = ['VERSION', 'PLATFORMS', 'RETURNS TO', 'SERVERS'];

export function registerAgentReleases(agent: Command, context: Context): void {
  const command = agent
    .command('releases')
    .description('list signed versions of the agent, and how many servers run each')
    .addOption(outputOption())
    .action((options: { output: OutputFormat }) => list(context, options.output));
  addExamples(command, [['spt-flow agent releases', 'what could be rolled out']]);
}

async function list(context: Context, output: OutputFormat): Promise<void> {
  const client = await context.client();
  const answer = await client.listAgentReleases();
  const running = new Map(answer.versions.map(({ version, agents }) => [version, agents]));
  const rows = answer.releases.map(({ version, platforms, returnsTo }) => [
    version,
    platforms.map(({ platform }) => platform).join(', '),
    returnsTo.join(', ') || '-',
    String(running.get(version) ?? 0),
  ]);
  const unsigned = answer.versions
    .filter(({ version }) => !answer.releases.some((release) => release.version === version))
    .map(({ version, agents }) => [plain(version), 'not released here', '-', String(agents)]);
  context.print(output, { data: answer, text: table([HEAD, ...rows, ...unsigned]) });
  if (answer.problem !== null) context.note(`The folder of releases: ${plain(answer.problem)}`);
  else if (answer.signedUntil !== null) context.note(`Signed until ${answer.signedUntil}`);
}
