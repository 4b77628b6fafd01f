import type { Command } from 'commander';
import type { Context, OutputFormat } from '../context.ts';
import { ensureRunning } from '../steps/ensure-running.ts';
import { addExamples, outputOption } from '../program.ts';

interface Options {
  readonly browser: boolean;
  readonly output: OutputFormat;
}

export function registerCode(program: Command, context: Context): void {
  const command = program
    .command('code')
    .description('open a workspace in VS Code with Remote-SSH; starts it when it is stopped')
    .argument('<workspace>', 'name or id')
    .option('--no-browser', 'only show the address')
    .addOption(outputOption())
    .action((workspace: string, options: Options) => code(context, workspace, options));
  addExamples(command, [
    ['spt-flow code demo', 'open the project in VS Code'],
    ['code --folder-uri "$(spt-flow code demo --no-browser)"', 'with the command line of VS Code'],
  ]);
}

async function code(context: Context, handle: string, options: Options): Promise<void> {
  const { io } = context;
  const client = await context.client();
  await ensureRunning(context, client, handle);
  const [{ name }, login, { addSshHost }] = await Promise.all([
    client.getWorkspace(handle),
    client.getSshLogin(handle),
    import('../ssh/set-up-ssh.ts'),
  ]);
  const host = await addSshHost(context, { name, ...login });
  const folder = login.directory.split('/').map(encodeURIComponent).join('/');
  const uri = `vscode-remote://ssh-remote+${host}${folder}`;
  context.print(options.output, { data: { host, uri }, text: uri });
  if (!options.browser || !io.stdout.isTTY || options.output !== 'text') return;
  io.openBrowser(`vscode://vscode-remote/ssh-remote+${host}${folder}`);
  context.note(
    `VS Code opens it, with its extension Remote - SSH. Without VS Code: spt-flow ssh ${name}, or ${host} as a host of any editor that uses ssh`,
  );
}
