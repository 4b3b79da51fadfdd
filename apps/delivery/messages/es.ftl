# To the buyer: the money is certain, the store is asked.
assured = { $store } tiene su pedido de { $total }. Le avisamos en cuanto lo acepte.
    .subject = Su pedido en { $store }
    .sms = { $brand }: { assured }

# The store takes it, and says how long it will take.
accepted = { $store } ha aceptado su pedido. { $how ->
        [fetched] Puede recogerlo a partir de las { $time }.
       *[brought] Debería llegarle hacia las { $time }.
    }
    .subject = Su pedido está aceptado
    .sms = { $brand }: { accepted }

# It can be fetched.
ready = Su pedido está listo en { $store }. Diga este número al recogerlo: { $pin }
    .subject = Su pedido está listo
    .sms = { $brand }: { ready }

# Somebody brings it.
on_way = Su pedido de { $store } está en camino y debería llegarle hacia las { $time }. Diga este número en la puerta: { $pin }
    .subject = Su pedido está en camino
    .sms = { $brand }: { on_way }

delivered = Su pedido de { $store } ha sido entregado. ¡Que lo disfrute!
    .subject = Su pedido ha llegado
    .sms = { $brand }: { delivered }

# Nobody was found yet who brings it.
no_rider = Nadie estaba libre aún para llevarle su pedido de { $store }. Seguimos buscando, y alguien se ocupa de ello.
    .subject = Seguimos buscando quien lo lleve
    .sms = { $brand }: { no_rider }

cancelled = Su pedido en { $store } está anulado. { $who ->
        [buyer] Usted lo anuló.
        [merchant] La tienda no pudo aceptarlo.
        [too_late] Se pagó cuando sus artículos ya eran de otros.
       *[operator] Tuvimos que anularlo.
    }{ $has_why ->
        [yes] {" "}El motivo: { $why }
       *[no] {""}
    }

    { $has_back ->
        [yes] { $back } vuelven a usted, tal como pagó.
       *[no] No tiene que pagar nada.
    }{ $has_kept ->
        [yes] {" "}La tienda se queda con { $kept }, porque había empezado.
       *[no] {""}
    }{ $has_coins ->
        [yes] {" "}Sus monedas por valor de { $coins } vuelven a ser suyas.
       *[no] {""}
    }
    .subject = Su pedido está anulado
    .sms = { $brand }: { cancelled }

# Money has gone back.
refunded = Le hemos devuelto { $amount } por su pedido en { $store }. En algunos bancos tarda unos días en verse.
    .subject = Le hemos devuelto { $amount }
    .sms = { $brand }: { refunded }

# The gateway is down, or did not say what became of it.
pay_waiting = Estamos revisando su pago de { $total } para { $store }. No hace falta pagar otra vez: nada se cobra dos veces. Le avisamos cuando esté resuelto.
    .subject = Estamos revisando su pago
    .sms = { $brand }: { pay_waiting }

# It will not be paid for.
unpaid = Su pedido en { $store } no se ha hecho: { $why ->
        [expired] no se pagó a tiempo.
       *[failed] el pago no se completó.
    } No se ha cobrado nada; si algo llega más tarde, se devuelve por sí solo. Puede pedir de nuevo.
    .subject = Su pago no se completó
    .sms = { $brand }: { unpaid }

# To whoever works for a store.
shop_new = Pedido nuevo: { $things } artículos por { $total } en { $store }.
    .subject = Pedido nuevo
    .sms = { $brand }: { shop_new }

shop_cancelled = El pedido { $order } en { $store } está anulado{ $who ->
        [buyer] {" "}por quien lo hizo.
       *[operator] .
    }{ $has_why ->
        [yes] {" "}El motivo: { $why }
       *[no] {""}
    }
    .subject = Pedido anulado
    .sms = { $brand }: { shop_cancelled }

shop_stuck = El pedido { $order } en { $store } no avanza; espera: { $status ->
        [pending] aún no aceptado
        [confirmed] aceptado y no empezado
       *[preparing] en preparación
    }.
    .subject = Un pedido espera
    .sms = { $brand }: { shop_stuck }

# To riders.
offered = { $pay } por { $km } km desde { $store }. ¿Lo lleva usted?
    .subject = Una oferta nueva
    .sms = { $brand }: { offered }

given = Se le ha dado un pedido de { $store }. Abra la aplicación para ver adónde va.
    .subject = Un pedido para usted
    .sms = { $brand }: { given }

taken_back = El pedido de { $store } ya no es suyo.
    .subject = Ya no es suyo
    .sms = { $brand }: { taken_back }

ride_cancelled = El pedido de { $store } está anulado: no hay nada que llevar.
    .subject = Pedido anulado
    .sms = { $brand }: { ride_cancelled }

# To whoever works for the market.
stuck = El pedido { $order } de { $store } lleva demasiado tiempo sin avanzar. Está en: { $status }.
    .subject = Un pedido no avanza
    .sms = { $brand }: { stuck }

unserved = No se encontró a nadie para llevar el pedido { $order } de { $store }. Déselo a alguien a mano.
    .subject = Nadie lleva un pedido
    .sms = { $brand }: { unserved }

gateway = Los pagos con { $method ->
        [card] tarjeta
        [mobile_money] teléfono
       *[other] { $method }
    } esperan: nadie los acepta ahora. Se intentan de nuevo por sí solos, y se avisa a quienes pagan.
    .subject = Hay pagos que esperan
    .sms = { $brand }: { gateway }

pay_trouble = El pago { $payment } de { $amount } necesita que alguien lo mire: { $what ->
        [capture_failed] lo reservado no se pudo cobrar
        [refund_failed] no se pudo devolver
        [disputed] se habla de otro importe
        [charged_back] el banco de quien pagó lo retiró
       *[unanswered] nadie responde
    }.
    .subject = Un pago necesita a alguien
    .sms = { $brand }: { pay_trouble }

# Announced power cuts: to buyers whose order is under way, and to riders in the area.
outage_order = Habrá un corte de luz en { $store } de { $from } a { $until }. Su pedido puede tardar más.
    .subject = Un corte de luz en { $store }
    .sms = { $brand }: { outage_order }

outage_ride = Habrá un corte de luz en { $area } de { $from } a { $until }: cierran tiendas, y semáforos y ascensores pueden fallar.
    .subject = Un corte de luz en { $area }
    .sms = { $brand }: { outage_ride }
