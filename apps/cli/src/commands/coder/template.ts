import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { addExamples } from '../../program.ts';
import { plain } from '../../core/text.ts';

export function registerCoderTemplate(coder: Command, context: Context): void {
  const command = coder
    .command('template')
    .description('print a template of spt-flow for one of the Coder server; nothing is stored')
    .argument('<name>', 'name of the template in Coder')
    .action(async (name: string) => {
      const { definition, notes } = await (await context.client()).draftCoderTemplate(name);
      for (const note of notes) context.note(plain(note));
      context.print('json', { data: definition, text: '' });
    });
  addExamples(command, [
    ['spt-flow coder template kubernetes > kubernetes/spt-flow-template.json', 'keep it'],
    ['spt-flow template push kubernetes', 'and offer it'],
  ]);
}
