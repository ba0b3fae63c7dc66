import { isAscii } from 'node:buffer'
import { AwsJson1_1Protocol } from '@aws-sdk/core/protocols'
import { JsonCodec2, JsonShapeDeserializer2 } from '@smithy/core/protocols'
import { NormalizedSchema } from '@smithy/core/schema'

type Schema = Parameters<JsonShapeDeserializer2['read']>[0]
type ProtocolSettings = ConstructorParameters<typeof AwsJson1_1Protocol>[0]

/**
 * The protocol of Kinesis, as the SDK speaks it, which reads answers in two thirds of the time. The SDK asks a regular
 * expression whether each record is base64, and has Node look for characters in what is ASCII but for a few keys.
 *
 * @see https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 */
export class KinesisProtocol extends AwsJson1_1Protocol {
  constructor(settings: ProtocolSettings) {
    // What the protocol is by itself.
    const jsonCodec = new Codec({ timestampFormat: { useTrait: true, default: 7 }, jsonName: false })
    super({ ...settings, jsonCodec })
  }
}

class Codec extends JsonCodec2 {
  override createDeserializer(): Deserializer {
    return new Deserializer(this.settings)
  }
}

class Deserializer extends JsonShapeDeserializer2 {
  override read(schema: Schema, answer: unknown): Promise<unknown> {
    return super.read(schema, answer instanceof Uint8Array && isAscii(answer) ? asciiOf(answer) : answer)
  }

  protected override _read(schema: Schema, value: unknown): unknown {
    if (typeof value === 'string' && NormalizedSchema.of(schema).isBlobSchema()) return fromBase64(value)
    return super._read(schema, value)
  }
}

const asciiOf = ({ buffer, byteOffset, length }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, length).toString('latin1')

/** Node leaves out what is not base64, so that it is seen by what is missing. */
function fromBase64(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64')
  if (text.length % 4 !== 0 || bytes.length !== Buffer.byteLength(text, 'base64'))
    throw new TypeError('Kinesis answered with what is not base64.')
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}
