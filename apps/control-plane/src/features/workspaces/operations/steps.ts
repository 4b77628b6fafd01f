/** STEPS of all operations, as people read them. */
export const STEPS = {
  queue: 'Wait for a free place',
  adopt: 'Take one that was kept ready',
  image: 'Get the image',
  create: 'Start the machine',
  connect: 'Connect to it',
  meet: 'Wait for the server',
  clone: 'Clone the repository',
  init: 'Prepare the project',
  dotfiles: 'Apply your dotfiles',
  script: 'Run the start script',
  check: 'Check that it answers',
  stop: 'Stop what runs',
  remove: 'Remove the files',
  uninstall: 'Remove the agent',
} as const;
