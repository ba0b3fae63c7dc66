// Loaded with the first app client. Nothing of ours may be in here, or a bundle would hold it twice.
export {
  AddUserPoolClientSecretCommand,
  CognitoIdentityProviderClient,
  ConfirmSignUpCommand,
  DeleteUserPoolClientSecretCommand,
  ListUserPoolClientSecretsCommand,
} from '@aws-sdk/client-cognito-identity-provider'
