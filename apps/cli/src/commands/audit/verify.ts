import { createReadStream } from 'node:fs';
import type { AuditLogName } from '@spt-flow/shared/api/audit';
import type { Command } from 'commander';
import { checkExport, type CheckedFile } from '../../files/audit-check.ts';
import { logOf, logOption, type LogOption } from '../../options/audit-options.ts';
import { brokenError } from '../../words/audit-text.ts';
import type { Context, OutputFormat } from '../../context.ts';
import { CliError, EXIT } from '../../core/errors.ts';
import { addExamples, outputOption } from '../../program.ts';
import * as z from 'zod';

interface Options extends LogOption {
  readonly publicKey?: string;
  readonly compare?: boolean;
  readonly output: OutputFormat;
}

export function registerAuditVerify(audit: Command, context: Context): void {
  const command = audit
    .command('verify')
    .description('prove that no entry of the audit log was changed, removed or cut off')
    .argument('[file]', "of 'spt-flow audit export'; without it the log is read from the server")
    .addOption(logOption())
    .option('--public-key <key>', 'that has to have signed it, as it was shown earlier')
    .option('--compare', 'also ask the server whether it still has all of the file')
    .addOption(outputOption())
    .action((file: string | undefined, options: Options) => verify(context, file, options));
  addExamples(command, [
    ['spt-flow audit verify', 'the log as the server has it, computed here'],
    ['spt-flow audit verify audit.jsonl', 'a file, without asking anybody'],
    ['spt-flow audit verify audit.jsonl --compare', 'whether the server lost something since'],
  ]);
}

/** Of an entry, of the anchor where older ones are gone, or of the end. */
const FirstLineSchema = z.object({
  sequence: z.number().optional(),
  hash: z.string().optional(),
  anchor: z.object({ sequence: z.number(), hash: z.string() }).optional(),
});

async function verify(
  context: Context,
  file: string | undefined,
  { publicKey, compare, output, ...options }: Options,
): Promise<void> {
  const of = logOf(options);
  const checked =
    file === undefined
      ? await checkServer(context, { of, given: publicKey })
      : await checkFile(file, publicKey);
  if (checked.broken) throw brokenError(checked.broken);
  if (file !== undefined && compare === true) await compareWithServer(context, checked);
  context.print(output, { data: checked, text: describe(checked, publicKey !== undefined) });
}

async function checkFile(file: string, publicKey: string | undefined): Promise<CheckedFile> {
  try {
    return await checkExport(createReadStream(file), publicKey);
  } catch (cause) {
    if (!(cause instanceof Error) || !('syscall' in cause)) throw cause;
    const what = `${file} can't be read: ${cause.message}`;
    throw new CliError({ what, exitCode: EXIT.usage, cause });
  }
}

/** By what the server sends, and by what it finds itself: only it knows what its own key is. */
async function checkServer(
  context: Context,
  { of, given }: { readonly of: AuditLogName; readonly given: string | undefined },
): Promise<CheckedFile> {
  const client = await context.client();
  const { broken, publicKey } = await client.verifyAudit(of);
  if (broken) throw brokenError(broken);
  return checkExport(client.exportAudit({ of }), given ?? publicKey);
}

async function compareWithServer(context: Context, { head }: CheckedFile): Promise<void> {
  if (!head) return;
  const { sequence } = head;
  const client = await context.client();
  const of = head.organizationId === null ? 'installation' : 'organization';
  const content = client.exportAudit({ of }, { after: sequence - 1 });
  let text = '';
  for await (const chunk of content) {
    text += Buffer.from(chunk as Uint8Array).toString('utf8');
    if (text.includes('\n')) break;
  }
  const first = FirstLineSchema.parse(JSON.parse(text.slice(0, text.indexOf('\n'))));
  const { sequence: kept, hash } = first.anchor ?? first;
  if (hash === undefined) throw brokenError({ sequence, id: null, fault: 'cut' });
  if (first.anchor && kept !== sequence)
    throw new CliError({
      what: `The server has removed entries up to ${kept}, as they were old, and so all of the file`,
      ...{ details: ['Compare a file that was exported later'] },
      exitCode: EXIT.usage,
    });
  if (hash !== head.hash) throw brokenError({ sequence, id: null, fault: 'changed' });
}

function describe({ entryCount, anchor, head, publicKey }: CheckedFile, isPinned: boolean): string {
  const until = head ? `, signed ${head.signedAt.slice(0, 19).replace('T', ' ')} UTC` : '';
  return [
    `The audit log is as it was written: ${entryCount} ${entryCount === 1 ? 'entry' : 'entries'}${until}`,
    ...(anchor ? [`Those up to ${anchor.sequence} were removed, as they were old`] : []),
    ...(isPinned ? [] : [`Key: ${publicKey}`]),
  ].join('\n');
}
