import { spawn } from 'node:child_process';

/** What a server may have opened here: files and whatever programs have registered are not among it. */
const OPENED = /^(?:https?|vscode):\/\//;

/** openInBrowser is a courtesy: the URL is printed as well, so a failure is no error. */
export function openInBrowser(url: string): void {
  if (!OPENED.test(url)) return;
  const [command, ...args] = opener(url);
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}

function opener(url: string): [string, ...string[]] {
  if (process.platform === 'darwin') return ['open', url];
  if (process.platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', url];
  return ['xdg-open', url];
}
