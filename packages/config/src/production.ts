import * as z from 'zod';
import { ConfigError } from './config-error.ts';

export const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];

export const PRODUCTION_VARIABLES = {
  SPT_FLOW_ENV: z.enum(['development', 'production']).default('development'),
};

type Variables = z.infer<z.ZodObject<typeof PRODUCTION_VARIABLES>> & {
  readonly SPT_FLOW_SERVER_PUBLIC_URL?: string | undefined;
  readonly SPT_FLOW_SERVER_HOST: string;
  readonly SPT_FLOW_SERVER_TLS_CERT?: string | undefined;
  readonly SPT_FLOW_SERVER_TRUSTED_PROXIES?: readonly string[] | undefined;
};

/** assertEncrypted refuses, in production, what would send passwords and tokens over a network as they are. */
export function assertEncrypted(variables: Variables): void {
  if (variables.SPT_FLOW_ENV !== 'production') return;
  const { SPT_FLOW_SERVER_PUBLIC_URL: publicUrl, SPT_FLOW_SERVER_HOST: host } = variables;
  const url = publicUrl === undefined ? undefined : new URL(publicUrl);
  if (url?.protocol === 'http:' && !isOnThisMachine(url.hostname))
    throw new ConfigError(
      'SPT_FLOW_ENV=production needs a --public-url with https: people would send their passwords as they are',
    );
  const { SPT_FLOW_SERVER_TRUSTED_PROXIES: proxies = [] } = variables;
  const isServedInClear = variables.SPT_FLOW_SERVER_TLS_CERT === undefined && proxies.length === 0;
  if (isServedInClear && !LOOPBACK.includes(host))
    throw new ConfigError(
      `SPT_FLOW_ENV=production does not serve plain HTTP at --host ${host}: give --tls-cert and --tls-key, or name the proxy before it in --trusted-proxies`,
    );
}

function isOnThisMachine(hostname: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, '');
  return LOOPBACK.includes(name) || name.endsWith('.localhost');
}
