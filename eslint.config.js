import { eslintConfig } from '@spt-flow/tooling/eslint';

export default eslintConfig(import.meta.dirname);
