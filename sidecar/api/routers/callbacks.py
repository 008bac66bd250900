"""Is a callback's address one that the service can send to?"""

import io
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from pydantic import ValidationError

from ...contract import Callback
from ...outbox.callback_check import check_callback
from ...questions.intake import field_errors, refuse
from ..dependencies import COMMAND_BYTES, ServicesOf, Tenant, spend
from ..openapi import errors, json_body
from ..schemas import CallbackAnswer
from ..security import receive_signed

router = APIRouter(prefix="/v1/callbacks", tags=["callbacks"])
_EXAMPLE = {
    "url": "https://odoo.example.org/timetable_nep/webhook",
    "database": "university",
}


@router.post(
    "/check",
    responses=errors(401, 413, 422, 429),
    openapi_extra=json_body(Callback, _EXAMPLE),
    summary="Try a callback",
)
async def check(
    request: Request, services: ServicesOf, tenant: Tenant
) -> CallbackAnswer:
    """Send a message that says nothing to a callback, and tell how that went.

    It goes where a job's messages would, by the same rules, signed with your secret. A
    receiver that believes it answers 2xx, or 422 as there is nothing in it.
    """
    settings, body = services.settings, io.BytesIO()
    with services.questions.one(tenant):
        await receive_signed(request, tenant, COMMAND_BYTES, body)
        await spend(services, tenant, "commands", settings.tenant_commands_per_minute)
        try:
            callback = Callback.model_validate_json(body.getvalue())
        except ValidationError as error:
            refuse(field_errors(error), "invalid_request")
        secrets = services.tokens.secret(tenant).accepted(datetime.now(UTC))
        found = await check_callback(
            callback, secrets, settings.callback_hosts, settings.webhook_timeout_seconds
        )
    return CallbackAnswer(ok=found.code == "ok", code=found.code, detail=found.detail)
