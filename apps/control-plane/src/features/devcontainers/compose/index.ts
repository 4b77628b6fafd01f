export { judgeCompose, relativeBuild, type JudgedCompose } from './judge-compose.ts';
export type { JudgedService } from './judge-services.ts';
