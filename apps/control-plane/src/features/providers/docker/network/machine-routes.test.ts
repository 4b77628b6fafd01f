import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { machineRoutes, overlaps, type Route } from './machine-routes.ts';

const TABLE = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	010200C0	0003	0	0	0	00000000	0	0	0
br-85f21	000013C6	00000000	0001	0	0	0	C0FFFFFF	0	0	0
eth0	000200C0	00000000	0001	0	0	0	00FFFFFF	0	0	0
`;

it('knows where the machine sends what, and which ranges meet', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'spt-routes-'));
  const file = path.join(directory, 'route');
  await writeFile(file, TABLE);

  const routes = await machineRoutes(file);
  await rm(directory, { recursive: true });

  expect(routes).toEqual([range(198, 19, 0, 0, 26), range(192, 0, 2, 0, 24)]);
  const meets = (one: Route) => routes.some((route) => overlaps(route, one));
  expect(meets(range(198, 19, 0, 32, 27))).toBe(true);
  expect(meets(range(192, 0, 0, 0, 16))).toBe(true);
  expect(meets(range(198, 19, 0, 64, 26))).toBe(false);
});

it('knows nothing where the kernel has no such list', async () => {
  expect(await machineRoutes('/nowhere')).toEqual([]);
});

function range(...[a = 0, b = 0, c = 0, d = 0, bits = 0]: number[]): Route {
  return { address: Buffer.from([a, b, c, d]).readUInt32BE(), mask: -(2 ** (32 - bits)) >>> 0 };
}
