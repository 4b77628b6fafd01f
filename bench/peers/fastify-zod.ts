import { MeSchema } from '@spt-flow/shared/api/auth';
import { envelopeOf } from '@spt-flow/shared/api/envelope';
import fastify from 'fastify';
import {
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';

/** The same answer through the same schema, with nothing else around it. */
const me = {
  id: '01890000-0000-7000-8000-000000000001',
  email: 'ada@example.com',
  name: 'Ada',
  role: 'admin' as const,
  organization: { id: '01890000-0000-7000-8000-000000000002', name: 'Ada', slug: 'ada' },
};

const app = fastify().withTypeProvider<ZodTypeProvider>();
app.setValidatorCompiler(validatorCompiler);
app.setSerializerCompiler(serializerCompiler);
app.get('/api/v1/auth/me', { schema: { response: { 200: envelopeOf(MeSchema) } } }, () => ({
  success: true,
  data: me,
  error: null,
}));
process.stdout.write(`${await app.listen({ port: 0, host: '127.0.0.1' })}/api/v1/auth/me\n`);
