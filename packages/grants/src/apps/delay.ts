/** How long it takes until sessions are denied everything. The words are AWS's. */
export const delay: string =
  'AWS says of it: "It might take a few minutes for policy updates to take effect." (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_disable-perms.html)'
