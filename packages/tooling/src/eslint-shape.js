const restrictedSyntax = [
  { selector: 'ExportDefaultDeclaration', message: 'Use a named export' },
  { selector: 'ExportAllDeclaration', message: 'Name what is exported' },
  {
    selector: 'ImportDeclaration[source.value="zod"] > ImportSpecifier',
    message: "Write import * as z from 'zod', of which a bundle keeps what is used",
  },
  { selector: 'ForInStatement', message: 'Use for…of over Object.keys or Object.entries' },
  {
    selector:
      ':matches(FunctionDeclaration, MethodDefinition > FunctionExpression)[params.length>3]',
    message: 'Take one object instead of more than three parameters',
  },
  {
    selector:
      ':matches(Program, ExportNamedDeclaration) > VariableDeclaration > VariableDeclarator > ArrowFunctionExpression.init',
    message: 'Use a function declaration; arrow functions are for inline use',
  },
];

const shouldInTestName = {
  selector:
    'CallExpression[callee.name=/^(it|test)$/] > Literal.arguments:first-child[value=/^should /i]',
  message: 'Name the subject and the observable result, without "should"',
};

const UNUSED = {
  argsIgnorePattern: '^_',
  varsIgnorePattern: '^_',
  ignoreRestSiblings: true,
  caughtErrors: 'none',
};

/** shape: how long and how deep code may get, in every language form. */
export const shape = {
  eqeqeq: ['error', 'always', { null: 'ignore' }],
  'max-depth': ['error', 3],
  'max-lines': ['error', { max: 400, skipBlankLines: true }],
  'no-control-regex': 'off',
  'no-restricted-syntax': ['error', ...restrictedSyntax],
  'no-unused-vars': ['error', UNUSED],
  'no-var': 'error',
  'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'], location: 'start' }],
  'object-shorthand': 'error',
  'prefer-const': 'error',
  'spt-flow/max-own-lines': ['error', { max: 60 }],
};

export const shapeOfTests = {
  'no-restricted-syntax': ['error', ...restrictedSyntax, shouldInTestName],
};

/** What the compiler knows better, and what the untyped rule would only repeat. */
export const typescriptRules = {
  '@typescript-eslint/no-unused-vars': ['error', UNUSED],
  'no-undef': 'off',
  'no-unused-vars': 'off',
};

/** typedRules adjust the strict type-aware set to the style guide. */
export const typedRules = {
  ...typescriptRules,
  '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
  '@typescript-eslint/no-confusing-void-expression': 'off',
  // Services are closures in objects, made to be taken apart.
  '@typescript-eslint/unbound-method': 'off',
  // Interfaces whose other implementations wait make functions async that do not.
  '@typescript-eslint/require-await': 'off',
  '@typescript-eslint/restrict-template-expressions': [
    'error',
    { allowNumber: true, allowBoolean: true },
  ],
  '@typescript-eslint/switch-exhaustiveness-check': [
    'error',
    { considerDefaultExhaustiveForUnions: true },
  ],
};

/** Matchers such as `expect.any` and answers read from the wire are `any` in tests. */
export const typedRulesOfTests = {
  '@typescript-eslint/no-empty-function': 'off',
  '@typescript-eslint/no-unsafe-argument': 'off',
  '@typescript-eslint/no-unsafe-assignment': 'off',
  '@typescript-eslint/no-unsafe-member-access': 'off',
};
