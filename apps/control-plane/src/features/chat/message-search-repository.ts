import type { Database } from '@spt-flow/db/client';
import { conversations, messages, projects } from '@spt-flow/db/schema';
import type { FoundMessage } from '@spt-flow/shared/api/conversations';
import { and, eq, sql } from 'drizzle-orm';
import { pageOrder } from '../../lib/page-order.ts';
import { decodeCursor, toPage } from '../../lib/pagination.ts';
import { visibleTo, type Viewer } from '../project-access/index.ts';
import { hiddenVersions } from './hidden-versions-repository.ts';

const ORDER = pageOrder(messages.createdAt, messages.id);
/** Characters that no text of a message can be mistaken for. */
const HIT_BEGIN = '\u0001';
const HIT_END = '\u0002';
const EXCERPT = `StartSel=${HIT_BEGIN},StopSel=${HIT_END},MinWords=8,MaxWords=24`;
/** Of a language for queries, not of the words that people look for. */
const HAS_LETTER = /[\p{L}\p{N}]/u;

export interface MessageSearch {
  readonly viewer: Viewer;
  readonly words: string;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** toTextQuery asks for messages that hold a word beginning with each of the given ones; undefined without a word. */
export function toTextQuery(words: string): string | undefined {
  const terms = words
    .split(/\s+/)
    .filter((word) => HAS_LETTER.test(word))
    .map((word) => `'${word.replaceAll('\\', '\\\\').replaceAll("'", "''")}':*`);
  return terms.length === 0 ? undefined : terms.join(' & ');
}

/** searchMessages goes through the index of words; the configuration has to be that of the index. */
export async function searchMessages(db: Database, search: MessageSearch) {
  const query = toTextQuery(search.words);
  if (query === undefined) return { items: [], nextCursor: null };
  const before = decodeCursor(search.cursor);
  const found = await db
    .select({
      id: messages.id,
      role: messages.role,
      createdAt: messages.createdAt,
      branchId: messages.branchId,
      conversation: { id: conversations.id, branchId: conversations.branchId },
      project: { id: projects.id, name: projects.name, slug: projects.slug },
      excerpt: sql<string>`ts_headline('simple', ${messages.content}, to_tsquery('simple', ${query}), ${EXCERPT})`,
    })
    .from(messages)
    .innerJoin(conversations, eq(messages.conversationId, conversations.id))
    .innerJoin(projects, eq(conversations.projectId, projects.id))
    .where(
      and(
        eq(messages.organizationId, search.viewer.organizationId),
        visibleTo(search.viewer, projects.id),
        sql`${messages.words} @@ to_tsquery('simple', ${query})`,
        before && ORDER.olderThan(before),
      ),
    )
    .orderBy(...ORDER.orderBy)
    .limit(search.limit + 1);
  const page = toPage(found, search.limit, (row) => row.createdAt);
  const hidden = await hiddenVersions(db, page.items);
  return {
    items: page.items.map(({ id, role, project, excerpt, createdAt }): FoundMessage => {
      const versionId = hidden.get(id);
      return {
        ...{ id, role, project, ...(versionId !== undefined && { versionId }) },
        excerpt: toPieces(excerpt),
        createdAt: createdAt.toISOString(),
      };
    }),
    nextCursor: page.nextCursor,
  };
}

/** toPieces splits an excerpt where the marks of its hits are. */
export function toPieces(excerpt: string): FoundMessage['excerpt'] {
  return excerpt
    .split(HIT_BEGIN)
    .flatMap((part, index) => {
      if (index === 0) return [{ text: part, isHit: false }];
      const [hit = '', ...rest] = part.split(HIT_END);
      return [
        { text: hit, isHit: true },
        { text: rest.join(''), isHit: false },
      ];
    })
    .filter(({ text }) => text !== '');
}
