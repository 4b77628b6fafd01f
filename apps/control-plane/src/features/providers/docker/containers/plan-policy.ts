import path from 'node:path';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { IsolationProfile } from '@spt-flow/shared/domain/workspace-settings';
import type { ContainerPlan } from '../../container-plan.ts';
import type { ServicePlan } from '../../service-plan.ts';
import { AGENT_DIRECTORY, ENTRANCE_DIRECTORY, STATE_DIRECTORY } from '../../container-paths.ts';

/** What a profile lets processes do that are root, or become it. */
export const PROFILE_CAPABILITIES: Readonly<Record<IsolationProfile, readonly string[]>> = {
  restricted: ['CHOWN', 'SETGID', 'SETUID'],
  devenv: [
    ...['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL'],
    ...['NET_BIND_SERVICE', 'SETGID', 'SETUID', 'SYS_CHROOT'],
  ],
  relaxed: [
    ...['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL'],
    ...['NET_BIND_SERVICE', 'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT'],
  ],
};

/** What a plan may add to them: nothing of it reaches out of the container. */
export const EXTRA_CAPABILITIES: Readonly<Record<IsolationProfile, readonly string[]>> = {
  restricted: [],
  devenv: ['SYS_PTRACE', 'SYS_NICE', 'IPC_LOCK'],
  relaxed: ['SYS_PTRACE', 'SYS_NICE', 'IPC_LOCK', 'NET_RAW', 'NET_ADMIN', 'MKNOD'],
};
export const EXTRA_SECURITY_OPTIONS: Readonly<Record<IsolationProfile, readonly string[]>> = {
  restricted: ['no-new-privileges', 'no-new-privileges:true'],
  devenv: ['no-new-privileges', 'no-new-privileges:true'],
  relaxed: ['no-new-privileges', 'no-new-privileges:true', 'seccomp=unconfined'],
};

const VOLUME_NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;
const SERVICE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,40}$/;
const KERNEL = ['/dev', '/proc', '/sys'];
const OURS = [AGENT_DIRECTORY, ENTRANCE_DIRECTORY, STATE_DIRECTORY];
const SYSTEM = [
  '/bin',
  '/boot',
  '/dev',
  '/etc',
  '/lib',
  '/lib64',
  '/proc',
  '/sbin',
  '/sys',
  '/usr',
];

/** checkPlan is the last guard before the engine: AppError `container_plan_refused` names the rule that is broken. */
export function checkPlan(plan: ContainerPlan, profile: IsolationProfile): void {
  checkRights(plan, profile);
  checkPath(plan.workspaceFolder, 'workspace folder');
  for (const { kind, name, target } of plan.mounts) {
    if (kind === 'volume') checkVolume(name);
    checkPath(target, 'mount');
  }
  for (const service of plan.services) checkService(service, profile);
}

function checkService(service: ServicePlan, profile: IsolationProfile): void {
  checkRights(service, profile);
  if (!SERVICE_NAME.test(service.name))
    throw refused(`The service "${service.name}" has no permitted name`);
  for (const { kind, name, target } of service.mounts) {
    if (kind === 'volume') checkVolume(name);
    checkPlainPath(target, 'mount');
    if (KERNEL.some((kept) => target === kept || target.startsWith(`${kept}/`)))
      throw refused(`The mount "${target}" covers what the kernel shows`);
  }
  for (const { from, to } of service.copies) {
    checkPlainPath(`/${from}`, 'copy of');
    checkPlainPath(to, 'copy to');
  }
}

function checkRights(
  plan: Pick<ServicePlan, 'privileged' | 'capabilities' | 'securityOptions'>,
  profile: IsolationProfile,
): void {
  const extra = EXTRA_CAPABILITIES[profile];
  if (plan.privileged && profile !== 'relaxed') refuse('privileged', profile);
  for (const capability of plan.capabilities.map(capabilityName)) {
    if (![...extra, ...PROFILE_CAPABILITIES[profile]].includes(capability))
      refuse(`capability ${capability}`, profile);
  }
  for (const option of plan.securityOptions) {
    if (!EXTRA_SECURITY_OPTIONS[profile].includes(option))
      refuse(`security option "${option}"`, profile);
  }
}

function checkVolume(name: string): void {
  if (!VOLUME_NAME.test(name)) throw refused(`The volume "${name}" has no permitted name`);
}

export function capabilityName(capability: string): string {
  return capability.toUpperCase().replace(/^CAP_/, '');
}

function checkPlainPath(target: string, what: string): void {
  const isPlain = target.startsWith('/') && path.posix.normalize(target) === target;
  if (!isPlain || target === '/')
    throw refused(`The ${what} "${target}" is no absolute path below the root`);
}

function checkPath(target: string, what: string): void {
  checkPlainPath(target, what);
  if ([...OURS, ...SYSTEM].some((kept) => target === kept || target.startsWith(`${kept}/`)))
    throw refused(`The ${what} "${target}" covers what the container needs itself`);
}

function refuse(what: string, profile: IsolationProfile): never {
  throw refused(`The isolation profile "${profile}" does not permit ${what}`);
}

function refused(message: string): AppError {
  return new AppError('container_plan_refused', message);
}
