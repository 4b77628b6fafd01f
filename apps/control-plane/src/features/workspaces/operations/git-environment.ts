/** GIT_ENVIRONMENT has git in a workspace ask nobody at a terminal, and speak only the protocols of remote hosts. */
export const GIT_ENVIRONMENT = {
  GIT_TERMINAL_PROMPT: '0',
  GIT_ALLOW_PROTOCOL: 'https:http:ssh:git',
  GIT_SSH_COMMAND: 'ssh -o BatchMode=yes -o StrictHostKeyChecking=accept-new -o ConnectTimeout=20',
  LC_ALL: 'C.UTF-8',
};
