import { config } from 'zod';

/** The page's security policy forbids building functions from text, which zod would otherwise try first. */
config({ jitless: true });
