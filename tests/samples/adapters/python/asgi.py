"""The application behind mangum."""

from app import look
from mangum import Mangum

handler = Mangum(look, lifespan="off")
