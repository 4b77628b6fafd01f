import type { ProjectMachine, TrialCommand, TrialOutcome } from '../tools/project-machine.ts';

/** noMachine is for turns that run no command. */
export const noMachine: ProjectMachine = {
  tryOut: () => Promise.reject(new Error('no command was expected')),
  logs: async () => [],
};

/** noDeployment is for turns that put nothing online. */
export function noDeployment(): Promise<never> {
  return Promise.reject(new Error('no deployment was expected'));
}

/** memoryMachine answers every command with one outcome and remembers what was asked. */
export function memoryMachine(
  outcome: Partial<TrialOutcome>,
  logs: readonly string[] = [],
): ProjectMachine & { readonly asked: readonly TrialCommand[] } {
  const asked: TrialCommand[] = [];
  return {
    asked,
    async tryOut(command) {
      asked.push(command);
      return { exitCode: 0, timedOut: false, output: '', files: new Map(), ...outcome };
    },
    logs: async (limit) => logs.slice(-limit),
  };
}
