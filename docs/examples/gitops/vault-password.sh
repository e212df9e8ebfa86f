#!/bin/sh
# Print the password of the secrets in customers/, for Ansible. Set it as a masked variable of CI, in the credential in AWX, or by hand:
#     read -rs FAX_VAULT_PASSWORD && export FAX_VAULT_PASSWORD
printf '%s\n' "${FAX_VAULT_PASSWORD:?is not set; it holds the password of the secrets in customers/}"
