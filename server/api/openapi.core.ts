import { z } from 'zod';
import { type Endpoint, endpoints } from '#shared/contract/index.ts';
import { recordingPath } from '#shared/contract/interactions.ts';
import { problemSchema } from '#shared/contract/kit.ts';

type Json = Record<string, unknown>;

const jsonSchema = (schema: z.ZodType, io: 'input' | 'output'): Json => {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json;
  return rest;
};
const content = (schema: Json) => ({ content: { 'application/json': { schema } } });

function parameters(schema: z.ZodType, where: 'path' | 'query'): Json[] {
  const { properties = {}, required = [] } = jsonSchema(schema, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    schema: property,
  }));
}

function operation(id: string, endpoint: Endpoint): Json {
  const body = jsonSchema(endpoint.body, 'input');
  const hasBody = Object.keys((body.properties as Json | undefined) ?? {}).length > 0;
  return {
    operationId: id,
    summary: endpoint.summary,
    description:
      endpoint.permission === 'public' ? 'For anybody.' : `Needs the permission \`${endpoint.permission}\`.`,
    ...(endpoint.permission === 'public' ? { security: [] } : {}),
    parameters: [...parameters(endpoint.params, 'path'), ...parameters(endpoint.query, 'query')],
    ...(hasBody ? { requestBody: { required: true, ...content(body) } } : {}),
    responses: {
      200: { description: 'Done', ...content(jsonSchema(endpoint.response, 'output')) },
      default: { $ref: '#/components/responses/Problem' },
    },
  };
}

const recording: Json = {
  operationId: 'recording',
  summary: 'The recording of a contact; byte ranges are answered.',
  description: 'Needs the permission `recording.own`, for others’ contacts `recording.all`.',
  parameters: [
    { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
    { name: 'download', in: 'query', required: false, schema: { const: '1' } },
  ],
  responses: {
    200: { description: 'Two channels: caller and agent', content: { 'audio/wav': {} } },
    206: { description: 'The bytes asked for', content: { 'audio/wav': {} } },
    default: { $ref: '#/components/responses/Problem' },
  },
};

/** The OpenAPI 3.1 document of the contract; its schemas are made when somebody first reads them, not at each start. */
export function openApi(version: string): Json {
  let made: Pick<Json, 'paths' | 'components'> | undefined;
  const schemas = () => {
    made ??= { paths: paths(), components: components() };
    return made;
  };
  return {
    openapi: '3.1.0',
    info: {
      title: 'Cordboard',
      version,
      description:
        'Sign in with `POST /api/session`: it sets a cookie and returns a token for `Authorization: Bearer`. ' +
        'Live desks use socket.io at `/socket`; see shared/contract/index.ts.',
    },
    security: [{ bearer: [] }, { cookie: [] }],
    get paths() {
      return schemas().paths;
    },
    get components() {
      return schemas().components;
    },
  };
}

function paths(): Json {
  const paths: Record<string, Json> = {};
  const add = (path: string, method: string, op: Json): void => {
    const template = path.replace(/:(\w+)/g, '{$1}');
    paths[template] = { ...paths[template], [method.toLowerCase()]: op };
  };
  for (const [id, endpoint] of Object.entries(endpoints))
    add(endpoint.path, endpoint.method, operation(id, endpoint));
  add(recordingPath(':id'), 'GET', recording);
  return paths;
}

const components = (): Json => ({
  securitySchemes: {
    bearer: { type: 'http', scheme: 'bearer' },
    cookie: { type: 'apiKey', in: 'cookie', name: 'cordboard_session' },
  },
  responses: {
    Problem: {
      description: 'Refused; the code says why, the message in words',
      ...content(jsonSchema(problemSchema, 'output')),
    },
  },
});
