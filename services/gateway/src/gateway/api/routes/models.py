from fastapi import APIRouter

from contracts.http import ModelsLeftAlone
from gateway.api.auth import CallerDep, KeyFirst
from gateway.api.deps import DepsDep

router = APIRouter(tags=["usage"], route_class=KeyFirst)


@router.get("/v1/models/left-alone")
async def list_models_left_alone(caller: CallerDep, deps: DepsDep) -> ModelsLeftAlone:
    """Models that failed again and again and are not asked now; others answer in their place."""
    return await deps.models.left_alone(caller)
