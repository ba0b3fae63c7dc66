import { expect, test } from 'vitest'
import { withoutTokens } from '../src/index.ts'

const token = 'IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCWV1+Q=='

test.each([
  ['a canonical request', `host:sts.amazonaws.com\nx-amz-security-token:${token}\n\nhost;x-amz-security-token`],
  ['a header', `X-Amz-Security-Token: ${token}`],
  ['a presigned URL', `https://b.s3.amazonaws.com/k?X-Amz-Security-Token=${encodeURIComponent(token)}&X-Amz-Date=1`],
  ['an encoded canonical request', encodeURIComponent(`host:a\nx-amz-security-token:${token}`)],
  ['a request of S3 Express', `x-amz-s3session-token:${token}`],
  ['JSON', JSON.stringify({ SessionToken: token })],
  ['JSON within JSON', JSON.stringify(JSON.stringify({ sessionToken: token }))],
  ['XML', `<SessionToken>${token}</SessionToken>`],
  ['a shared credentials file', `aws_session_token = ${token}`],
  ['the environment', `AWS_SECRET_ACCESS_KEY=${token}`],
])('a credential is taken out of %s', (_place, text) => {
  const shown = withoutTokens(text)

  expect(shown).not.toContain('EXAMPLE')
  expect(shown).toContain('[redacted]')
})

test('a signature is taken out of an Authorization header and of a presigned URL', () => {
  expect(withoutTokens('AWS4-HMAC-SHA256 Credential=AKIA/20260101, SignedHeaders=host, Signature=0a1b2c')).toBe(
    'AWS4-HMAC-SHA256 Credential=AKIA/20260101, SignedHeaders=host, Signature=[redacted]',
  )
  expect(withoutTokens('?X-Amz-Signature=0a1b2c&x-id=GetObject')).toBe('?X-Amz-Signature=[redacted]&x-id=GetObject')
})

test('what stands around a token stays, and so does a text without one', () => {
  expect(withoutTokens(`host:a\nx-amz-security-token:${token}\n\nhost;x-amz-security-token\nhash`)).toBe(
    'host:a\nx-amz-security-token:[redacted]\n\nhost;x-amz-security-token\nhash',
  )
  const text = 'IncompleteSignature: The security token included in the request is invalid; Signature expired: 2026.'
  expect(withoutTokens(text)).toBe(text)
})
