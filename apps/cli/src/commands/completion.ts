import { Argument, type Command } from 'commander';
import type { Context } from '../context.ts';
import { addExamples } from '../program.ts';

type Shell = keyof typeof SCRIPTS;

const SCRIPTS = { bash, zsh, fish };

export function registerCompletion(program: Command, context: Context): void {
  const command = program
    .command('completion')
    .description('print the completion script of a shell')
    .addArgument(new Argument('<shell>').choices(Object.keys(SCRIPTS)))
    .action((shell: Shell) => void context.io.stdout.write(SCRIPTS[shell](verbsOf(program))));
  addExamples(command, [
    ['source <(spt-flow completion bash)', 'in ~/.bashrc'],
    ['source <(spt-flow completion zsh)', 'in ~/.zshrc, after compinit'],
    ['spt-flow completion fish | source', 'in ~/.config/fish/config.fish'],
  ]);
}

interface Verb {
  readonly name: string;
  readonly description: string;
  /** Verbs below it, options, or the permitted values of its argument. */
  readonly words: readonly string[];
}

function verbsOf(program: Command): Verb[] {
  const global = flagsOf(program);
  return program
    .createHelp()
    .visibleCommands(program)
    .map((command) => ({
      name: command.name(),
      description: command.description(),
      words: [
        ...command.commands.map((child) => child.name()),
        ...command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
        ...new Set([command, ...command.commands].flatMap(flagsOf)),
        ...global,
        '--help',
      ],
    }));
}

function flagsOf(command: Command): string[] {
  return command.options.flatMap(({ long }) => long ?? []);
}

function bash(verbs: readonly Verb[]): string {
  const cases = verbs.map(({ name, words }) => `    ${name}) words="${words.join(' ')}" ;;`);
  return `_spt_flow() {
  local words="${verbs.map(({ name }) => name).join(' ')} --help"
  if [ "$COMP_CWORD" -gt 1 ]; then
    case "\${COMP_WORDS[1]}" in
${cases.map((line) => `  ${line}`).join('\n')}
      *) words="" ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _spt_flow spt-flow
`;
}

function zsh(verbs: readonly Verb[]): string {
  const cases = verbs.map(({ name, words }) => `    ${name}) compadd -- ${words.join(' ')} ;;`);
  const entries = verbs.map(
    ({ name, description }) => `    '${name}:${description.replaceAll("'", "'\\''")}'`,
  );
  return `#compdef spt-flow
_spt_flow() {
  local -a verbs
  verbs=(
${entries.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe 'command' verbs
    return
  fi
  case "$words[2]" in
${cases.join('\n')}
  esac
}
compdef _spt_flow spt-flow
`;
}

function fish(verbs: readonly Verb[]): string {
  const lines = verbs.flatMap(({ name, description, words }) => [
    `complete -c spt-flow -n __fish_use_subcommand -a ${name} -d '${description.replaceAll("'", "\\'")}'`,
    `complete -c spt-flow -n '__fish_seen_subcommand_from ${name}' -a '${words.join(' ')}'`,
  ]);
  return `complete -c spt-flow -f\n${lines.join('\n')}\n`;
}
