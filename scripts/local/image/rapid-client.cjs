// What aws-lambda-ric has in C++ over libcurl (its rapid-client.node), in JavaScript: compiling that takes two minutes,
// cmake and a compiler. The runtime API: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
const http = require('node:http')

// biome-ignore lint/suspicious/noUndeclaredEnvVars: it is read in the container
const base = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation/`
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })

function call(method, path, body = '', headers = {}) {
  return new Promise((resolve, reject) => {
    const options = { method, agent, headers: { ...headers, 'content-length': Buffer.byteLength(body) } }
    const request = http.request(base + path, options, (response) => {
      let bodyJson = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => {
        bodyJson += chunk
      })
      response.on('end', () => resolve({ bodyJson, headers: response.headers }))
    })
    request.on('error', reject).end(body)
  })
}

// The native client posts synchronously; here the next invocation waits for the post before it.
let posted = Promise.resolve()

function post(path, body, headers) {
  posted = call('POST', path, body, { 'content-type': 'application/json', ...headers })
}

module.exports = {
  next: async () => {
    await posted
    try {
      return await call('GET', 'next')
    } catch (error) {
      if (error.code === 'ECONNRESET') process.exit(0) // SAM is stopping the container
      throw error
    }
  },
  done: (id, body) => post(`${id}/response`, body),
  error: (id, body) =>
    post(`${id}/error`, body, {
      'lambda-runtime-function-error-type': encodeURI(JSON.parse(body).errorType || 'Unhandled'),
    }),
}
