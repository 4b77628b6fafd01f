import { describe, expect, it } from 'vitest';
import { createLimitedParse } from './parse-limits.ts';
import type { SyntaxProblem } from './staged-file.ts';
import { checkCss } from './css.ts';
import { checkHtml } from './html.ts';
import { checkTypeScript } from './typescript.ts';
import { checkVue } from './vue.ts';

const MODERN_CSS = `@charset "utf-8"; @layer base, theme;
@import url(theme.css) layer(theme) supports(display: grid);
@property --turn { syntax: '<angle>'; inherits: false; initial-value: 0deg; }
@layer base { .card { color: red; &:hover, > a:not(.b)
  { color: oklch(60% 0.2 20 / 50%) } @media (width >= 40rem) { inset: 0 } } }
@container card (inline-size > 30em) { :root { --empty: ; --any: { a: b }; --url: url(data:x;y) } }
@scope (.a) to (.b) { img { width: calc(1px * (2 + var(--n, 3))) } }
a { filter: progid:DXImageTransform.Microsoft.gradient(a='1'); *zoom: 1; background: url(a b.png) }
@theme { --color-x: #fff } .x { @apply hover:p-2; grid-template: "a b"
  "c d" / 1fr }`;

describe('checkCss', () => {
  it('takes what browsers take', () => {
    expect(checkCss(MODERN_CSS)).toBeUndefined();
  });

  it.each([
    ['a { color: red;\nb { color: blue }', /'{' is never closed \(line 1, column 3\)/],
    ['a { b: c }\n}', /Unexpected '}' \(line 2, column 1\)/],
    ['a { width: calc(1px; }', /'calc\(' is not closed before '}'/],
    [
      'a {\n  color: red\n  top: 0;\n}',
      /Expected ';' before 'top' \(line 3, column 3\)\n {2}top: 0;\n {2}\^/,
    ],
    ['a { content: "x;\n}', /String is not closed/],
    ['a { b: c } /* d', /Comment is never closed/],
  ])('names what swallows the rest of %j', (source, complaint) => {
    expect(checkCss(source)).toMatch(complaint);
  });
});

describe('checkHtml', () => {
  it.each([
    '<p>Forgotten <b>ends<p>1 < 2 & 3 <br/><img src=a.png><a href="x" href="y" class="z"">',
    '<svg><title/><style/><script href="a.js"/></svg><script type="text/x-template"><a</script>',
    '<a {% if x == "a" %}class="b"{% endif %} href={{ url "c" }}><%= a > "<!--" %>',
    '<script>const a = "{{ value }}" {% raw %}</script><template><td></template>',
  ])('takes what browsers take: %s', async (source) => {
    expect(await html(source)).toBeUndefined();
  });

  it.each([
    ['<body>\n<script>let a;\n</body>', /'<script>' is never closed \(line 2, column 1\)/],
    ['<p>\n<!-- a <p>', /Comment is never closed/],
    ['<a href="b>c</a> <i class="d">', /Tag is never closed|Unexpected character/],
    ['<div\n  <p>text</p>', /Unexpected character in the name of an attribute \(line 2/],
    ['<p>\n<style>a { b: c</style>', /'{' is never closed \(line 2, column 10\)/],
  ])('names what they would show differently: %s', async (source, complaint) => {
    expect(await html(source)).toMatch(complaint);
  });

  async function html(source: string): Promise<SyntaxProblem> {
    const file = { path: 'a.html', content: Buffer.from(source) };
    const parseScript = async () => undefined;
    return checkHtml(file, { limited: createLimitedParse(), parseScript });
  }
});

describe('checkTypeScript', () => {
  it.each([
    [
      'ts',
      'enum A { B } @dec() export class C<T> { constructor(@p() private readonly a = <T>1) {} }',
    ],
    [
      'ts',
      'using a = b; const c = { d } satisfies E; export default abstract class { accessor f = 1 }',
    ],
    ['ts', 'const result = await run(); return result;'],
    ['d.ts', 'declare const a: number; export function b(): void; declare module "c";'],
    ['tsx', 'const a = <T,>(b: T) => <A<T> b={b}>{...c}</A>;'],
    ['jsx', 'export const a = () => <><b-c d="e" /></>;'],
    ['cts', 'import a = require("b"); export = a;'],
  ])('takes %s: %s', (ending, source) => {
    expect(checkTypeScript(source, ending)).toBeUndefined();
  });

  it.each([
    ['ts', 'const a: = 1;', /Unexpected token \(line 1, column 10\)\nconst a: = 1;\n {9}\^/],
    ['ts', '\tlet a = 1 let b', /Missing semicolon/],
    ['tsx', 'const a = <b>\n</c>;', /Expected corresponding JSX closing tag for <b>. \(line 2/],
  ])('names what is wrong in %s: %j', (ending, source, complaint) => {
    expect(checkTypeScript(source, ending)).toMatch(complaint);
  });

  it('leaves videos and texts of translators alone', () => {
    expect(checkTypeScript('G\0\0', 'ts')).toEqual({ unparsed: 'not TypeScript' });
    expect(checkTypeScript('<?xml version="1.0"?>', 'ts')).toEqual({ unparsed: 'not TypeScript' });
  });
});

describe('checkVue', () => {
  const component = (script: string) =>
    `<template><p>{{ a < b }}</p></template>\n<script setup lang="ts" generic="T extends Record<string, A>">\n${script}\n</script>\n`;

  it('reads each script by its language', () => {
    expect(checkVue(component('const a: T = 1;'))).toBeUndefined();
    expect(checkVue(component('const a: = 1;'))).toMatch(/line 3, column 10/);
    expect(checkVue('<script>\nlet a: b;\n</script>')).toMatch(/line 2/);
    expect(checkVue('<script lang="coffee">\na = -> b\n</script>')).toEqual({
      unparsed: "no parser for 'coffee'",
    });
    expect(checkVue('<script>\nlet a;')).toMatch(/never closed/);
  });
});

describe('limits', () => {
  const deep = (text: string, times: number) => Buffer.from(text.repeat(times));

  it('names what is too large or nested too deep, and what takes too long', () => {
    const limited = createLimitedParse();
    const typescript = (source: string) => checkTypeScript(source, 'ts');

    expect(limited(deep('a;', 600_000), typescript)).toEqual({ unparsed: 'larger than 1 MiB' });
    expect(limited(deep('[', 200_000), typescript)).toEqual({ unparsed: 'nested too deep' });
    expect(limited(deep('a<', 60), () => forever())).toEqual({
      unparsed: 'reading it takes too long',
    });
    expect(limited(deep('a;', 1), typescript)).toBeUndefined();
  });

  it('reads deep styles and pages', async () => {
    const limited = createLimitedParse();
    const file = { path: 'a.html', content: deep('<b>', 10_000) };

    expect(limited(deep('a{', 100_000), checkCss)).toMatch(/never closed/);
    expect(await checkHtml(file, { limited, parseScript: async () => undefined })).toBeUndefined();
  });

  function forever(): never {
    for (;;) JSON.parse('1');
  }
});
