#!/usr/bin/env bash
# Moves the branch `vX` on to the commit of the release `vX.Y.Z`. It never goes back: where the branch has a newer
# release already, it is left. Needs gh with a token that may write, and a clone with its whole history.
set -euo pipefail
tag=$1
major=${tag%%.*}
commit=$(git rev-parse --verify --quiet "refs/tags/$tag^{commit}")
if before=$(git rev-parse --verify --quiet "refs/remotes/origin/$major"); then
  if ! git merge-base --is-ancestor "$before" "$commit"; then
    echo "$major has a newer release than $tag: it is left as it is."
    exit 0
  fi
  gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/git/refs/heads/$major" -f sha="$commit" -F force=false
else
  gh api --silent --method POST "repos/$GITHUB_REPOSITORY/git/refs" -f ref="refs/heads/$major" -f sha="$commit"
fi
echo "$major is $tag now."
