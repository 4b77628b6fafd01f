import { RuleTester } from 'eslint';
import { afterAll, describe, it } from 'vitest';
import { maxOwnLines } from '../src/max-own-lines.js';

RuleTester.afterAll = afterAll;
RuleTester.describe = describe;
RuleTester.it = it;

const INNER = 'function inner() {\n  one();\n  two();\n}';
const options = [{ max: 4 }];

new RuleTester().run('max-own-lines', maxOwnLines, {
  valid: [
    {
      name: 'a function as long as allowed',
      code: 'function f() {\n  one();\n  two();\n}',
      options,
    },
    { name: 'blank lines', code: 'function f() {\n\n  one();\n\n  two();\n}', options },
    {
      name: 'functions inside a factory',
      code: `function f() {\n  ${INNER}\n  return inner;\n}`,
      options,
    },
    {
      name: 'arrow functions inside a suite',
      code: 'suite(() => {\n  test(() => {\n    one();\n    two();\n  });\n});',
      options,
    },
  ],
  invalid: [
    {
      name: 'a function one line longer than allowed',
      code: 'function f() {\n  one();\n  two();\n  three();\n}',
      options,
      errors: [{ messageId: 'tooLong', data: { lines: 5, max: 4 } }],
    },
    {
      name: 'a factory whose own lines are too many',
      code: `function f() {\n  one();\n  two();\n  ${INNER}\n  return inner;\n}`,
      options,
      errors: [{ messageId: 'tooLong', data: { lines: 5, max: 4 } }],
    },
    {
      name: 'a function inside a factory that is too long itself',
      code: 'const make = () => {\n  return () => {\n    one();\n    two();\n    three();\n  };\n};',
      options,
      errors: [{ messageId: 'tooLong', data: { lines: 5, max: 4 } }],
    },
  ],
});
