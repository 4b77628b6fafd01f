/** What `opa_eval` does: answer with JSON, never return, or end with a trap. */
type Ending = 'answer' | 'loop' | 'trap';

export interface RulesModule {
  readonly entrypoints?: readonly string[];
  /** Functions that are not compiled in. */
  readonly builtins?: readonly string[];
  readonly result?: unknown;
  readonly ending?: Ending;
}

const I32 = 0x7f;
const END = 0x0b;
const ADDRESS = { heap: 131_072, data: 65_536, entrypoints: 1_024, builtins: 2_048, result: 4_096 };

/** rulesModule is WebAssembly with the ABI of rules that OPA compiled, and one answer for every question. */
export function rulesModule({
  entrypoints = ['sptflow/verdict/workspace'],
  builtins = [],
  result = [],
  ending = 'answer',
}: RulesModule): Uint8Array<ArrayBuffer> {
  const functions = [
    { name: 'opa_heap_ptr_get', type: 0, body: constant(ADDRESS.heap) },
    { name: 'opa_malloc', type: 1, body: constant(ADDRESS.data) },
    { name: 'opa_json_dump', type: 1, body: [0x20, 0] },
    { name: 'opa_json_parse', type: 2, body: constant(1) },
    { name: 'entrypoints', type: 0, body: constant(ADDRESS.entrypoints) },
    { name: 'builtins', type: 0, body: constant(ADDRESS.builtins) },
    { name: 'opa_eval', type: 3, body: bodyOf(ending) },
  ];
  const texts: [number, unknown][] = [
    [ADDRESS.entrypoints, numbered(entrypoints)],
    [ADDRESS.builtins, numbered(builtins)],
    [ADDRESS.result, [{ result }]],
  ];
  return new Uint8Array([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [0, 1, 2, 7].map(functionType)),
    ...section(2, [[...name('env'), ...name('memory'), 2, 0, 1]]),
    ...section(
      3,
      functions.map(({ type }) => [type]),
    ),
    ...section(
      7,
      functions.map((each, index) => [...name(each.name), 0, index]),
    ),
    ...section(
      10,
      functions.map(({ body }) => sized([0, ...body, END])),
    ),
    ...section(
      11,
      texts.map(([address, value]) => [0, ...constant(address), END, ...name(json(value))]),
    ),
  ]);
}

function bodyOf(ending: Ending): number[] {
  const unreachable = 0;
  if (ending === 'answer') return constant(ADDRESS.result);
  return ending === 'trap' ? [unreachable] : [0x03, 0x40, 0x0c, 0, END, unreachable];
}

function numbered(names: readonly string[]): Record<string, number> {
  return Object.fromEntries(names.map((each, index) => [each, index]));
}

function json(value: unknown): string {
  return `${JSON.stringify(value)}\0`;
}

function functionType(parameters: number): number[] {
  return [0x60, parameters, ...Array.from({ length: parameters }, () => I32), 1, I32];
}

function constant(value: number): number[] {
  return [0x41, ...signed(value)];
}

function section(id: number, items: readonly number[][]): number[] {
  return [id, ...sized([...unsigned(items.length), ...items.flat()])];
}

function name(text: string): number[] {
  return sized([...new TextEncoder().encode(text)]);
}

function sized(bytes: readonly number[]): number[] {
  return [...unsigned(bytes.length), ...bytes];
}

function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

/** Of a number that is not negative: its last group must not look like a sign. */
function signed(value: number): number[] {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signed(value >>> 7)];
}
