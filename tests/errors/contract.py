"""The table of problems in the contract (chapter 1), written out by hand: what clients rely on."""

ACTIONS = {
    (400, "malformed_request"): "none",
    (401, "credentials_missing"): "refresh",
    (401, "token_expired"): "refresh",
    (401, "token_invalid"): "refresh",
    (401, "session_ended"): "login",
    (401, "refresh_invalid"): "login",
    (401, "refresh_reused"): "login",
    (401, "invalid_credentials"): "none",
    (403, "permission_denied"): "none",
    (403, "csrf_failed"): "retry",
    (403, "fresh_login_required"): "step_up",
    (403, "invalid_password"): "none",
    (403, "account_disabled"): "none",
    (403, "email_unverified"): "none",
    (403, "registration_closed"): "none",
    (404, "not_found"): "none",
    (405, "method_not_allowed"): "none",
    (413, "payload_too_large"): "none",
    (415, "unsupported_media_type"): "none",
    (409, "email_taken"): "none",
    (409, "last_admin"): "none",
    (422, "validation_failed"): "none",
    (422, "token_unusable"): "none",
    (429, "rate_limited"): "retry",
    (500, "internal_error"): "retry",
    (503, "unavailable"): "retry",
}

# What belongs to features that are not built yet: whoever builds one takes its name out.
TO_COME = {"email_unverified", "last_admin", "token_unusable"}
