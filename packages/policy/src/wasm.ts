import { within } from './deadline.ts';
import { PolicyError } from './policy-error.ts';

const PAGE_BYTES = 65_536;
const FIRST_PAGES = 16;
/** 512 MiB: a plan of Terraform with thousands of resources needs some dozens. */
const MOST_PAGES = 8_192;
/** The result as JSON. */
const JSON_FORMAT = 0;

export interface Question {
  readonly entrypoint: string;
  readonly input: unknown;
  readonly data: unknown;
  readonly deadlineMs: number;
}

/** Rules are what OPA compiled: what they can be asked, and what they call that is not compiled into them. */
export interface Rules {
  readonly entrypoints: readonly string[];
  readonly missingFunctions: readonly string[];
  /** Gives the result set of a question; PolicyError when there is none. */
  evaluate(question: Question): unknown;
}

/**
 * loadWasm makes rules that OPA compiled answer questions. Each is asked of an instance of its own, so that none is left
 * with the memory of one that failed.
 */
export function loadWasm(bytes: Uint8Array<ArrayBuffer>): Rules {
  const { module, ...known } = refusing('unusable', () => {
    const compiled = new WebAssembly.Module(bytes);
    return { module: compiled, ...new Machine(compiled).describe() };
  });
  return {
    ...known,
    evaluate: (question) =>
      refusing('no_verdict', () =>
        within(
          question.deadlineMs,
          () => evaluate(new Machine(module), question),
          () => tooSlow(question.deadlineMs),
        ),
      ),
  };
}

function tooSlow(deadlineMs: number): PolicyError {
  return new PolicyError('too_slow', `The rules took longer than ${deadlineMs / 1_000} s`);
}

function refusing<T>(failure: 'unusable' | 'no_verdict', work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof PolicyError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const what = failure === 'unusable' ? 'loaded' : 'evaluated';
    throw new PolicyError(failure, `The rules could not be ${what}: ${reason}`, { cause });
  }
}

function evaluate(machine: Machine, { entrypoint, input, data }: Question): unknown {
  const dataAddress = machine.load(data);
  const id = machine.entrypoints()[entrypoint];
  if (id === undefined)
    throw new PolicyError('no_verdict', `The rules have no entry point ${entrypoint}`);
  const text = bytesOf(input);
  const inputAddress = machine.call('opa_heap_ptr_get');
  const heapAddress = inputAddress + text.length;
  machine.write(inputAddress, text);
  const result = machine.call(
    'opa_eval',
    ...[0, id, dataAddress, inputAddress, text.length, heapAddress, JSON_FORMAT],
  );
  return machine.read(result);
}

/** One instance of the module, by the ABI 1.2 of OPA: addresses are offsets into its memory. */
class Machine {
  readonly #memory = new WebAssembly.Memory({ initial: FIRST_PAGES, maximum: MOST_PAGES });
  readonly #exports: WebAssembly.Exports;

  constructor(module: WebAssembly.Module) {
    const missing = () => {
      throw new PolicyError(
        'no_verdict',
        'The rules call a function that is not compiled into them',
      );
    };
    const env = {
      memory: this.#memory,
      opa_abort: (address: number) => {
        throw new PolicyError('no_verdict', `The rules ended early: ${this.#text(address)}`);
      },
      opa_println: () => undefined,
      ...Object.fromEntries([0, 1, 2, 3, 4].map((count) => [`opa_builtin${count}`, missing])),
    };
    this.#exports = new WebAssembly.Instance(module, { env }).exports;
  }

  describe(): Pick<Rules, 'entrypoints' | 'missingFunctions'> {
    return {
      entrypoints: Object.keys(this.entrypoints()),
      missingFunctions: Object.keys(this.#numbers('builtins')),
    };
  }

  entrypoints(): Readonly<Record<string, number>> {
    return this.#numbers('entrypoints');
  }

  call(name: string, ...values: number[]): number {
    const exported = this.#exports[name];
    if (typeof exported !== 'function')
      throw new PolicyError('unusable', `They are no rules that OPA compiled: ${name} is missing`);
    const result: unknown = Reflect.apply(exported, undefined, values);
    return Number(result);
  }

  /** The address of a value. */
  load(value: unknown): number {
    const text = bytesOf(value);
    const address = this.call('opa_malloc', text.length);
    this.write(address, text);
    const parsed = this.call('opa_json_parse', address, text.length);
    if (parsed === 0)
      throw new PolicyError('no_verdict', 'The rules could not read what they are given');
    return parsed;
  }

  write(address: number, bytes: Uint8Array): void {
    const lacking = address + bytes.length - this.#memory.buffer.byteLength;
    if (lacking > 0) this.#memory.grow(Math.ceil(lacking / PAGE_BYTES));
    new Uint8Array(this.#memory.buffer).set(bytes, address);
  }

  /** JSON at an address. */
  read(address: number): unknown {
    return JSON.parse(this.#text(address));
  }

  /** What an export without arguments lists: names, each with its number. */
  #numbers(name: string): Readonly<Record<string, number>> {
    const known = this.read(this.call('opa_json_dump', this.call(name)));
    return Object.fromEntries(Object.entries(known ?? {}).map(([key, id]) => [key, Number(id)]));
  }

  #text(address: number): string {
    const bytes = new Uint8Array(this.#memory.buffer);
    return new TextDecoder().decode(bytes.subarray(address, bytes.indexOf(0, address)));
  }
}

function bytesOf(value: unknown): Uint8Array {
  const text: unknown = JSON.stringify(value);
  if (typeof text !== 'string')
    throw new PolicyError('no_verdict', 'What is to be judged is no JSON');
  return new TextEncoder().encode(text);
}
