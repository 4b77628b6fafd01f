import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { HeadOf } from '../handlers/handler.ts';
import type { Environment } from '../runtime/spawn-group.ts';
import { readIfThere, writeDurably } from '../system/durable-file.ts';
import { openRuntimeDirectory } from '../system/runtime-directory.ts';
import type { LocalExchange } from './carry-request.ts';
import { openModelDoor, portOf } from './model-door.ts';
import { modelVariables } from './model-environment.ts';

/** What terminals that outlive the agent have in their environment. */
const AddressSchema = z.object({
  port: z.number(),
  key: z.string(),
  given: z.record(z.string(), z.string()),
});
type Address = z.infer<typeof AddressSchema>;

export interface ModelEntranceDeps {
  readonly stateDirectory: string;
  /** What children inherit; all who start some have the same object. */
  readonly environment: Record<string, string>;
  keepAdded(variables: Environment): Promise<void>;
}

/** ModelEntrance is where tools come in, and how they know of it. */
export interface ModelEntrance {
  /** Listens, if it does not yet, and tells what is started from now on; answers the port. */
  open(offered: HeadOf<'models'>): Promise<number>;
  /** Something in the environment changed, by which tools may go another way. */
  refresh(): void;
  close(): void;
}

export function createModelEntrance(
  deps: ModelEntranceDeps,
  serve: (exchange: LocalExchange, key: string) => void,
): ModelEntrance {
  let server: Server | undefined;
  let address: Address | undefined;
  let offer: HeadOf<'models'> | undefined;

  /** What is given no more goes, unless somebody put something else in its place. */
  function give(offered: HeadOf<'models'>, at: Address): Record<string, string> {
    const { environment } = deps;
    const given = modelVariables({ offered, address: at, environment, given: at.given });
    for (const [name, value] of Object.entries(at.given))
      if (given[name] === undefined && environment[name] === value)
        Reflect.deleteProperty(environment, name);
    Object.assign(environment, given);
    // What was given once is nobody's own.
    address = { ...at, given: { ...at.given, ...given } };
    return given;
  }

  async function listen(path: string): Promise<Address> {
    const known = await readAddress(path);
    const key = known?.key ?? `local_${randomBytes(24).toString('base64url')}`;
    server ??= await openModelDoor(known?.port ?? 0, (exchange) => serve(exchange, key));
    return { key, port: portOf(server), given: known?.given ?? {} };
  }

  return {
    async open(offered) {
      const { environment } = deps;
      const path = join(
        await openRuntimeDirectory(deps.stateDirectory, environment),
        'models.json',
      );
      address ??= await listen(path);
      offer = offered;
      await deps.keepAdded(give(offered, address));
      await writeDurably(path, JSON.stringify(address));
      return address.port;
    },
    refresh() {
      if (offer && address) give(offer, address);
    },
    close() {
      server?.close();
      server?.closeAllConnections();
    },
  };
}

async function readAddress(path: string): Promise<Address | undefined> {
  const text = await readIfThere(path);
  return text === undefined ? undefined : AddressSchema.parse(JSON.parse(text));
}
