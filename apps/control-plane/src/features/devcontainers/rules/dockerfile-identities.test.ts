import { describe, expect, it } from 'vitest';
import { identitiesIn } from './dockerfile-identities.ts';

describe('what may be the identity of an image in a Dockerfile', () => {
  it.each([
    ['FROM 3fa', '3fa'],
    ['from\t3FA AS app', '3FA'],
    ['FROM sha256:3fa', 'sha256:3fa'],
    ['FROM --platform=linux/amd64 "3fa"', '3fa'],
    ['FROM node\nCOPY --from=3fa / /', '3fa'],
    ['FROM node\nCOPY --"fr\\om"=3fa / /', '3fa'],
    ['FROM node\nONBUILD COPY --from=3fa / /', '3fa'],
    ['FROM node\nRUN --mount=type=bind,from=3fa,target=/x cat /x', '3fa'],
    ['FROM node\nCOPY --from=1 / /', '1'],
    ['FROM \\\n# of others\n\n  3fa', '3fa'],
    ['# escape=`\nRUN x \\\nFROM 3fa', '3fa'],
    ['# escape=`\nFROM 3`\nfa', '3fa'],
    ['\uFEFFFROM 3fa', '3fa'],
    ['\u0085FROM 3fa', '3fa'],
    ['FROM node AS be\nFROM be', 'be'],
    ['FROM node\nRUN <<X\nFROM a\nFROM b\nX\nCOPY --from=2 / /', '2'],
    ['ARG BASE=3fa\nFROM ${BASE}', '${BASE}'],
    ['ARG A=fa\nARG BASE=3$A\nFROM $BASE', '$BASE'],
    ['ARG A=3\nFROM ${A}fa', '${A}fa'],
    ['ARG BASE=node BASE=3fa\nFROM $BASE', '$BASE'],
    [
      'ARG _DEV_CONTAINERS_BASE_IMAGE\nFROM $_DEV_CONTAINERS_BASE_IMAGE',
      '$_DEV_CONTAINERS_BASE_IMAGE',
    ],
    ['ARG A=256\nFROM sha${A}:3fa', 'sha${A}:3fa'],
    ['ARG A=xyz3fa\nFROM ${A#xyz}', '${A#xyz}'],
    ['FROM node\nFROM 1', '1'],
    ['FROM node\nRUN --mount=from=3fa,target=/x cat /x', '3fa'],
    ['FROM ${NONE:-3fa}', '${NONE:-3fa}'],
    ['ARG A=3fa\nFROM ${A:-${B}-x}', '${A:-${B}-x}'],
    ['ARG BASE=node:24\nFROM $GIVEN', '$GIVEN'],
  ])('is found in %j', (dockerfile, name) => {
    expect(identitiesIn(dockerfile, { args: { GIVEN: '3fa' } })).toContain(name);
  });

  it.each(['--mount=', '${', 'arg a', 'ARG A=$A\nFROM $A\n', 'ARG A=${A}x\n', '\\ ', 'FROM '])(
    'is looked for once in a file of %j',
    (piece) => {
      expect(identitiesIn(piece.repeat(250_000 / piece.length), {})).toBeInstanceOf(Array);
    },
  );

  it('is found as the target, which is the base of features', () => {
    expect(identitiesIn('FROM node', { target: '3fa' })).toEqual(['3fa']);
  });

  it('is found in an argument that decides what features are built on', () => {
    const name = '_DEV_CONTAINERS_BASE_IMAGE';
    expect(identitiesIn('FROM node', { args: { [name]: '3fa' } })).toEqual([name]);
  });

  it.each([
    'FROM node:24 AS base\nFROM base\nCOPY --from=0 / /\nCOPY --from=base / /',
    'FROM node@sha256:3fa0',
    'FROM spt-flow/base',
    'ARG VARIANT=12\nFROM mcr.microsoft.com/devcontainers/base:${VARIANT}',
    'ARG BASE="node:24"\nFROM ${BASE}\nARG PORT=3000\nENV ID=3fa',
    'FROM scratch\nRUN echo from a --to=3fa # FROM 3fa\nRUN select \\\n  1 from-it',
    'FROM node\nRUN --mount=type=cache,target=/x curl x?from=2024',
  ])('is none of what people write: %j', (dockerfile) => {
    expect(identitiesIn(dockerfile, { args: { PORT: '3000' }, target: 'base' })).toEqual([]);
  });
});
