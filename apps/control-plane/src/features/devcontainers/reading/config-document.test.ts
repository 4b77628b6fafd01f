import { describe, expect, it } from 'vitest';
import { AppError } from '@spt-flow/shared/domain/errors';
import { parseConfigDocument } from './config-document.ts';
import { readConfig } from './config-schema.ts';

const FILE = '.devcontainer/devcontainer.json';

function read(text: string) {
  return readConfig(parseConfigDocument(FILE, text));
}

function failure(text: string): AppError {
  try {
    read(text);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('it was read');
}

describe('a devcontainer.json', () => {
  it('may hold comments, trailing commas and a byte order mark', () => {
    const config = read(
      '\uFEFF{\n  // the image\n  "image": "node:22", /* ports */ "forwardPorts": [3000,],\n}',
    );

    expect(config).toEqual({ image: 'node:22', forwardPorts: [3000] });
  });

  it.each([
    [
      '{\n  "image": "a"\n  "init": true\n}',
      `${FILE}:3:3: comma expected (allowed is JSON with comments and trailing commas)`,
    ],
    [
      '{ "image": }',
      `${FILE}:1:12: value expected (allowed is JSON with comments and trailing commas)`,
    ],
    ['[]', `${FILE}:1:1: the file has to hold one object: { … }`],
    ['', `${FILE}:1:1: value expected (allowed is JSON with comments and trailing commas)`],
    [
      '{\n  "image": "a",\n    "forwardPorts": [80,\n      70000]\n}',
      `${FILE}:4:7: "forwardPorts.1": allowed is a port from 1 to 65535, or "service:port"`,
    ],
    [
      '{\n  "postCreateCommand": 5\n}',
      `${FILE}:2:3: "postCreateCommand": allowed is a text for the shell, a list of a program and its arguments, or an object of such commands by name`,
    ],
    [
      '{\n  "waitFor": "never"\n}',
      `${FILE}:2:3: "waitFor": Invalid option: expected one of "initializeCommand"|"onCreateCommand"|"updateContentCommand"|"postCreateCommand"|"postStartCommand"|"postAttachCommand"`,
    ],
    [
      '{ "containerEnv": {\n "A B": "x" } }',
      `${FILE}:2:2: "containerEnv.A B": Invalid key in record`,
    ],
  ])('that is wrong names its place and what is allowed: %j', (text, message) => {
    expect(failure(text).message).toBe(message);
    expect(failure(text).code).toBe('devcontainer_invalid');
  });

  it('that is longer than any person writes is refused before it is read', () => {
    expect(failure(' '.repeat(2_000_000)).message).toContain('longer than 1048576 characters');
  });
});
