import * as z from 'zod';
import { isRepositoryUrl } from '../domain/repository-url.ts';

export const RepositoryUrlSchema = z
  .string()
  .max(2048)
  .refine(isRepositoryUrl, 'must be an https, http, ssh or git URL without a password');
