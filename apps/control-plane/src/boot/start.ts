import type { Server } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import type { Logger } from 'pino';
import type { ControlPlaneConfig, ControlPlaneSecrets } from '@spt-flow/config/control-plane';
import { Registry } from 'prom-client';
import { buildApp } from '../app.ts';
import { systemClock } from '../lib/clock.ts';
import { createSpanExporter } from '../lib/tracing/span-exporter.ts';
import { createTracer } from '../lib/tracing/tracer.ts';
import { serveMetrics } from '../plugins/metrics.ts';
import { startDatabase } from './database.ts';
import { followCertificate, loadCertificate, type Certificate } from './certificate.ts';
import { prepareDataDirectory } from './data-directory.ts';
import { claimPort } from './listen.ts';
import { listenForLocalAgents, needsOwnListener } from './local-agents.ts';
import { createLogger } from './logger.ts';
import { forgetRestored, wasRestored } from './restored.ts';
import { loadSecretKey } from './secret-key.ts';

export interface StartOptions {
  readonly config: ControlPlaneConfig;
  readonly secrets: ControlPlaneSecrets;
  /** A backup of the database was restored: agents may be ahead of it. */
  readonly databaseRestored: boolean;
  readonly newPasswordFor: string | undefined;
  readonly version: string;
  /** Where the built files lie: migrations, app templates; agent and dashboard beside it. */
  readonly distribution: string;
  readonly logToStandardOutput: boolean;
  /** The control plane's own environment, of which local workspaces see a few named variables. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly homeDirectory: string;
  readonly signal: AbortSignal;
  readonly report: (step: string) => void;
}

export interface RunningControlPlane {
  /** What a person opens: the setup link the first time, a link to a new password where one was lost, else the dashboard. */
  readonly link: string;
  /** Resolves with the reason when it can't go on. */
  readonly failed: Promise<string>;
  stop(): Promise<void>;
}

/** startControlPlane starts all parts in order; when one fails, those before it are stopped again. */
export async function startControlPlane(options: StartOptions): Promise<RunningControlPlane> {
  const { config, secrets, report } = options;
  const started: (() => Promise<void>)[] = [];
  const stop = () => endAll(started.splice(0).reverse());
  try {
    const paths = prepareDataDirectory(config.dataDirectory);
    const restored = wasRestored(paths.root);
    const certificate = config.tls && loadCertificate(config.tls);
    const { port, agentPort } = await claimPorts(config);
    const secretKey = loadSecretKey(paths.secretKey, secrets.secretKey);
    report(
      secrets.databaseUrl === undefined ? 'Starting the database' : 'Connecting to the database',
    );
    const database = await startDatabase({
      url: secrets.databaseUrl,
      directory: paths.database,
      migrationsFolder: `${options.distribution}/migrations`,
    });
    started.push(() => database.stop());
    const { logger, settled } = createLogger(options, {
      file: options.logToStandardOutput ? undefined : paths.log,
      clock: systemClock,
    });
    started.push(settled);
    const spans = startSpans(secrets, logger);
    if (spans) started.push(() => spans.close());
    const registry = new Registry();
    const built = await buildApp({
      ...options,
      databaseRestored: options.databaseRestored || restored,
      ...{ port, agentPort, certificate, paths, secretKey, database, logger, registry },
      clock: systemClock,
      tracer: spans && createTracer(spans.add),
    });
    forgetRestored(paths.root);
    report('Starting the control plane');
    await built.app.listen({ port, host: config.host });
    started.push(() => built.stop());
    if (agentPort !== port) {
      const local = await listenForLocalAgents(agentPort, built.routeAgentUpgrade);
      started.push(() => local.close());
    }
    started.push(renewCertificate(options, { certificate, server: built.app.server, logger }));
    await built.start();
    if (config.metrics) {
      const address = { ...config.metrics, token: secrets.metricsToken };
      const metrics = await serveMetrics(registry, address);
      started.push(() => metrics.close());
    }
    options.signal.throwIfAborted();
    return {
      link: await built.link(),
      failed: Promise.race([
        database.crashed.then((reason) => `the database ended unexpectedly (${reason})`),
        built.failed,
      ]),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A part that can't be stopped is no reason to leave the others running. */
async function endAll(ends: readonly (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const end of ends) await end().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}

async function claimPorts(config: ControlPlaneConfig) {
  const port = await claimPort(config);
  const agentPort = needsOwnListener(config)
    ? await claimPort({ port: 0, host: '127.0.0.1' })
    : port;
  return { port, agentPort };
}

function startSpans({ telemetry }: ControlPlaneSecrets, logger: Logger) {
  if (telemetry === null) return undefined;
  const warn = (details: object, message: string) => logger.warn(details, message);
  return createSpanExporter({ ...telemetry, warn });
}

interface Serving {
  readonly certificate: Certificate | undefined;
  readonly server: Server;
  readonly logger: Logger;
}

/** Returns what ends it. */
function renewCertificate(
  { config }: StartOptions,
  { certificate: present, server, logger }: Serving,
): () => Promise<void> {
  if (!config.tls || !present || !(server instanceof HttpsServer)) return async () => undefined;
  const stop = followCertificate({
    files: config.tls,
    present,
    apply(certificate) {
      server.setSecureContext(certificate);
      logger.info('The renewed certificate is in use');
    },
    onError: (err) => logger.error({ err }, 'The renewed certificate can not be used'),
  });
  return async () => stop();
}
