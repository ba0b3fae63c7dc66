import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse.BodyHandlers
import java.util.concurrent.CompletableFuture
import javax.security.auth.callback.Callback
import javax.security.auth.callback.UnsupportedCallbackException
import javax.security.auth.login.AppConfigurationEntry
import org.apache.kafka.common.acl.AclBinding
import org.apache.kafka.common.acl.AclBindingFilter
import org.apache.kafka.common.acl.AclOperation
import org.apache.kafka.common.errors.SaslAuthenticationException
import org.apache.kafka.common.resource.ResourceType
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler
import org.apache.kafka.common.security.auth.KafkaPrincipal
import org.apache.kafka.common.security.oauthbearer.OAuthBearerExtensionsValidatorCallback
import org.apache.kafka.common.security.oauthbearer.OAuthBearerToken
import org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallback
import org.apache.kafka.server.authorizer.Action
import org.apache.kafka.server.authorizer.AuthorizableRequestContext
import org.apache.kafka.server.authorizer.AuthorizationResult
import org.apache.kafka.server.authorizer.Authorizer
import org.apache.kafka.server.authorizer.AuthorizerServerInfo

/** Asks the emulator, which knows the keys and the policies. Its answer is 200, or why not. */
class Emulator {
  private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()
  private final String endpoint = System.getProperty('causeway.emulator')
  private final String cluster = System.getProperty('causeway.cluster')

  /** The answer's lines, or null where the emulator refuses. */
  List<String> ask(String what, Map<String, String> headers) {
    def request = HttpRequest.newBuilder(URI.create("${endpoint}/_causeway/kafka/${what}".toString()))
    request.header('x-cluster', cluster)
    headers.each { name, value -> request.header(name, value) }
    def response = http.send(request.build(), BodyHandlers.ofString())
    if (response.statusCode() == 200) return response.body().readLines()
    System.err.println("[msk] ${what} refused: ${response.body()}")
    return null
  }
}

/**
 * The broker's side of AWS_MSK_IAM over OAUTHBEARER: the token is a presigned URL.
 * https://docs.aws.amazon.com/msk/latest/developerguide/configure-clients-for-iam-access-control.html
 */
class MskTokens implements AuthenticateCallbackHandler {
  private final Emulator emulator = new Emulator()

  void configure(Map<String, ?> configs, String mechanism, List<AppConfigurationEntry> jaas) {}

  void handle(Callback[] callbacks) {
    for (callback in callbacks) {
      if (callback instanceof OAuthBearerValidatorCallback) validate(callback)
      else if (callback instanceof OAuthBearerExtensionsValidatorCallback)
        callback.inputExtensions().map().keySet().each { callback.valid(it) }
      else throw new UnsupportedCallbackException(callback)
    }
  }

  /** Throws, as `callback.error` is answered by a challenge that kafkajs takes for success. */
  private void validate(OAuthBearerValidatorCallback callback) {
    def answer = emulator.ask('connect', ['x-token': callback.tokenValue()])
    if (answer == null) throw new SaslAuthenticationException("[${UUID.randomUUID()}]: Access denied".toString())
    def (principal, start, end) = answer
    callback.token(new MskToken(callback.tokenValue(), principal, start as Long, end as Long))
  }

  void close() {}
}

class MskToken implements OAuthBearerToken {
  private final String value, principal
  private final long start, end

  MskToken(String value, String principal, long start, long end) {
    this.value = value
    this.principal = principal
    this.start = start
    this.end = end
  }

  String value() { value }
  String principalName() { principal }
  Set<String> scope() { [] as Set }
  Long startTimeMs() { start }
  long lifetimeMs() { end }
}

/**
 * The policies of IAM decide, and no ACLs.
 * https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html
 */
class MskPolicies implements Authorizer {
  private static final Map<String, String> ACTIONS = [
    'TOPIC DESCRIBE': 'DescribeTopic',
    'TOPIC READ': 'ReadData',
    'TOPIC WRITE': 'WriteData',
    'TOPIC CREATE': 'CreateTopic',
    'TOPIC DELETE': 'DeleteTopic',
    'TOPIC ALTER': 'AlterTopic',
    'TOPIC DESCRIBE_CONFIGS': 'DescribeTopicDynamicConfiguration',
    'TOPIC ALTER_CONFIGS': 'AlterTopicDynamicConfiguration',
    'GROUP DESCRIBE': 'DescribeGroup',
    'GROUP READ': 'AlterGroup',
    'GROUP DELETE': 'DeleteGroup',
    'TRANSACTIONAL_ID DESCRIBE': 'DescribeTransactionalId',
    'TRANSACTIONAL_ID WRITE': 'AlterTransactionalId',
    'CLUSTER DESCRIBE': 'DescribeCluster',
    'CLUSTER CREATE': 'CreateTopic',
    'CLUSTER IDEMPOTENT_WRITE': 'WriteDataIdempotently',
  ]
  private static final Map<ResourceType, String> KINDS = [
    (ResourceType.TOPIC): 'topic',
    (ResourceType.GROUP): 'group',
    (ResourceType.TRANSACTIONAL_ID): 'transactional-id',
    (ResourceType.CLUSTER): 'cluster',
  ]

  private final Emulator emulator = new Emulator()
  private final Map<List<String>, Map> known = Collections.synchronizedMap([:])

  void configure(Map<String, ?> configs) {}

  Map start(AuthorizerServerInfo info) { info.endpoints().collectEntries { [(it): CompletableFuture.completedFuture(null)] } }

  List<AuthorizationResult> authorize(AuthorizableRequestContext context, List<Action> actions) {
    actions.collect { isAllowed(context.principal(), it) ? AuthorizationResult.ALLOWED : AuthorizationResult.DENIED }
  }

  /** Asked before a producer gets its id; each write is decided by itself. */
  AuthorizationResult authorizeByResourceType(AuthorizableRequestContext context, AclOperation operation, ResourceType type) {
    AuthorizationResult.ALLOWED
  }

  private boolean isAllowed(KafkaPrincipal principal, Action action) {
    // The broker itself, on listeners that no client is told of.
    if (principal == KafkaPrincipal.ANONYMOUS) return true
    def pattern = action.resourcePattern()
    def name = ACTIONS["${pattern.resourceType()} ${action.operation()}".toString()]
    if (name == null) return false
    def question = [principal.name, name, KINDS[pattern.resourceType()], pattern.name()]
    def answer = known[question]
    if (answer == null || answer.until < System.currentTimeMillis()) {
      def allowed = emulator.ask('authorize', [
        'x-principal': question[0], 'x-action': question[1], 'x-kind': question[2], 'x-name': URLEncoder.encode(question[3], 'UTF-8'),
      ]) != null
      def now = System.currentTimeMillis()
      known.values().removeIf { it.until < now }
      answer = [allowed: allowed, until: now + 1_000]
      known[question] = answer
    }
    return answer.allowed
  }

  List createAcls(AuthorizableRequestContext context, List<AclBinding> bindings) { throw noAcls() }
  List deleteAcls(AuthorizableRequestContext context, List<AclBindingFilter> filters) { throw noAcls() }
  Iterable<AclBinding> acls(AclBindingFilter filter) { throw noAcls() }
  private static RuntimeException noAcls() { new UnsupportedOperationException('IAM policies decide, and no ACLs') }

  void close() {}
}
