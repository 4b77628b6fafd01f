import * as z from 'zod/mini';
import { bypassesProxy } from './proxy.ts';

const AbsolutePath = z.string().check(z.regex(/^\//, 'must be an absolute path'));

export const SettingsSchema = z.object({
  SPT_FLOW_AGENT_URL: z
    .string()
    .check(z.regex(/^https?:\/\/[^\s/]/, 'must be an http or https URL')),
  /** One-time join token; needed until the agent has enrolled. */
  SPT_FLOW_AGENT_TOKEN: z.optional(z.string().check(z.minLength(20), z.maxLength(200))),
  SPT_FLOW_AGENT_SERVER_KEY: z
    .string()
    .check(
      z.regex(/^[A-Za-z0-9_-]{43}$/, 'must be the base64url SHA-256 of the control plane key'),
    ),
  SPT_FLOW_AGENT_STATE_DIR: AbsolutePath,
  SPT_FLOW_AGENT_PROJECT_DIR: AbsolutePath,
  /** Writing this file has the machine remove the agent. */
  SPT_FLOW_AGENT_UNINSTALL_FILE: z.optional(AbsolutePath),
  /** PEM file of the authority that signed the control plane's certificate, when no public one did. */
  SPT_FLOW_AGENT_CA_FILE: z.optional(AbsolutePath),
  /** Root metadata of releases: the agent takes those that its keys have signed, and no others. */
  SPT_FLOW_AGENT_UPDATE_ROOT: z.optional(AbsolutePath),
  /** Unix socket that leads to the control plane, in place of the network; the URL says what is signed. */
  SPT_FLOW_AGENT_SOCKET: z.optional(AbsolutePath),
  /** Unix socket of the container engine that the control plane may run workspaces in; unset: it may not. */
  SPT_FLOW_AGENT_HOST_CONTAINERS: z.optional(AbsolutePath),
  HTTPS_PROXY: z.optional(z.string()),
  NO_PROXY: z.optional(z.string()),
  /** Part of what it joins with; once it has joined, what was agreed then holds. */
  SPT_FLOW_AGENT_CHANNEL_BINDING: z.optional(z.enum(['tls-exporter', 'inner-kx', 'none'])),
});

const LinkSchema = z.pick(SettingsSchema, {
  SPT_FLOW_AGENT_URL: true,
  SPT_FLOW_AGENT_CA_FILE: true,
  HTTPS_PROXY: true,
  NO_PROXY: true,
});

export const AGENT_VARIABLE_PREFIX = 'SPT_FLOW_AGENT_';

export class AgentConfigError extends Error {
  override readonly name = 'AgentConfigError';
}

export type AgentConfig = ReturnType<typeof readAgentConfig>;
export type ControlPlaneLink = ReturnType<typeof readControlPlaneLink>;

/** readAgentConfig turns the variables, or the same names in a JSON document, into typed settings; errors name the variable. */
export function readAgentConfig(values: unknown) {
  const settings = parse(SettingsSchema, values);
  return {
    ...linkOf(settings),
    joinToken: settings.SPT_FLOW_AGENT_TOKEN,
    /** Fingerprint that the control plane's key must have. */
    serverKey: settings.SPT_FLOW_AGENT_SERVER_KEY,
    stateDirectory: settings.SPT_FLOW_AGENT_STATE_DIR,
    projectDirectory: settings.SPT_FLOW_AGENT_PROJECT_DIR,
    socketPath: settings.SPT_FLOW_AGENT_SOCKET,
    updateRootFile: settings.SPT_FLOW_AGENT_UPDATE_ROOT,
    engineSocket: settings.SPT_FLOW_AGENT_HOST_CONTAINERS,
    uninstallFile: settings.SPT_FLOW_AGENT_UNINSTALL_FILE,
    channelBinding: settings.SPT_FLOW_AGENT_CHANNEL_BINDING ?? defaultBinding(settings),
  };
}

/** readControlPlaneLink reads of them what is needed to reach a control plane before anything else is known of it. */
export function readControlPlaneLink(values: unknown) {
  return linkOf(parse(LinkSchema, values));
}

function parse<T extends z.ZodMiniType>(schema: T, values: unknown): z.output<T> {
  const parsed = schema.safeParse(normalize(values));
  if (!parsed.success) throw new AgentConfigError(explain(parsed.error.issues));
  return parsed.data;
}

function linkOf(settings: z.infer<typeof LinkSchema>) {
  const controlPlaneUrl = checkUrl(settings.SPT_FLOW_AGENT_URL);
  return {
    controlPlaneUrl,
    /** HTTP proxy on the way to the control plane. */
    proxy: chooseProxy(new URL(controlPlaneUrl), settings),
    caFile: settings.SPT_FLOW_AGENT_CA_FILE,
  };
}

/** Plain http is for loopback only: outside of it the token and all traffic would be readable. */
function checkUrl(value: string): string {
  if (!URL.canParse(value)) throw new AgentConfigError('SPT_FLOW_AGENT_URL: is not a URL');
  const url = new URL(value);
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new AgentConfigError('SPT_FLOW_AGENT_URL: must be https unless the host is loopback');
  }
  return value;
}

/** Plain http stays on this machine, where nobody else can end the connection. */
function defaultBinding({ SPT_FLOW_AGENT_URL: url }: { SPT_FLOW_AGENT_URL: string }) {
  return url.startsWith('http:') ? 'none' : 'tls-exporter';
}

/** Plain http goes to the own machine, so only https can need a proxy. */
function chooseProxy(
  url: URL,
  { HTTPS_PROXY, NO_PROXY }: Pick<z.infer<typeof SettingsSchema>, 'HTTPS_PROXY' | 'NO_PROXY'>,
): URL | undefined {
  const isDirect = url.protocol === 'http:' || isLoopback(url.hostname);
  if (HTTPS_PROXY === undefined || isDirect || bypassesProxy(url, NO_PROXY ?? '')) return undefined;
  const text = HTTPS_PROXY.includes('://') ? HTTPS_PROXY : `http://${HTTPS_PROXY}`;
  const proxy = URL.canParse(text) ? new URL(text) : undefined;
  if (proxy?.protocol === 'http:') return proxy;
  // The value may hold a password.
  throw new AgentConfigError('HTTPS_PROXY: must be an http URL');
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** `NAME=` in a file means: not set. The names of a proxy are in common use in small letters too. */
function normalize(values: unknown): unknown {
  if (typeof values !== 'object' || values === null) return values;
  const set: Record<string, unknown> = Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== '' && value !== undefined),
  );
  const { https_proxy: HTTPS_PROXY, no_proxy: NO_PROXY, ...given } = set;
  return { HTTPS_PROXY, NO_PROXY, ...given };
}

function explain(issues: readonly { path: PropertyKey[]; message: string }[]): string {
  return issues
    .map((issue) =>
      issue.path.length > 0 ? `${String(issue.path[0])}: ${issue.message}` : issue.message,
    )
    .join('; ');
}
